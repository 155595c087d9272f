"""Bootstrap intervals that draw patients, not images."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_CHUNK_VALUES = 4_000_000
_LEAST_REPLICATES = 0.5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval; the bounds are None when too few replicates define the value."""

    value: float
    low: float | None
    high: float | None


def patient_weights(patients: Sequence[str], *, replicates: int, seed: int) -> Iterator[npt.NDArray[np.float64]]:
    """Blocks of R x N case weights: in each replicate P patients are drawn with replacement from the P there are."""
    names, owner = np.unique(np.asarray(list(patients), dtype=str), return_inverse=True)
    generator = np.random.default_rng(seed)
    share = np.full(len(names), 1 / len(names))
    block = max(1, min(replicates, _CHUNK_VALUES // max(len(owner), 1)))
    for start in range(0, replicates, block):
        drawn = generator.multinomial(len(names), share, size=min(block, replicates - start))
        yield drawn[:, owner].astype(np.float64)


def estimate(value: float | None, replicates: npt.NDArray[np.float64]) -> Estimate | None:
    """The value with the 2.5 and 97.5 percentiles of its finite replicates; None stays None."""
    if value is None:
        return None
    finite = replicates[np.isfinite(replicates)]
    if len(finite) < max(2, _LEAST_REPLICATES * len(replicates)):
        return Estimate(value, None, None)
    low, high = np.quantile(finite, [0.025, 0.975])
    return Estimate(value, float(low), float(high))
