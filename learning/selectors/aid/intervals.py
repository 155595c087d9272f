"""Shares and their differences with intervals that draw patients; NumPy alone, so pages may ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learning.toolkit.bootstrap import Estimate, estimate, patient_weights

REPLICATES = 1000
FEWEST = 5
"""Patients that an interval needs."""
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tally:
    """One row per judgement: whose patient, and what it scored (1 or 0; -1 a harm)."""

    patients: Sequence[str]
    scores: Sequence[float]
    is_signed: bool = False
    """Whether a score may be a harm, below 0."""

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def cases(self) -> int:
        return len(set(self.patients))

    def mean(self) -> float | None:
        return float(np.mean(self.scores)) if len(self.scores) else None


def share(tally: Tally, *, seed: int = 0) -> Estimate | None:
    """The mean score with its 95 % interval by patient; None without a judgement."""
    return estimate(tally.mean(), _replicates(tally, seed))


def difference(first: Tally, second: Tally, *, seed: int = 0) -> Estimate | None:
    """Mean of the first less mean of the second; the two groups of patients are drawn independently."""
    one, two = first.mean(), second.mean()
    if one is None or two is None:
        return None
    return estimate(one - two, _replicates(first, seed) - _replicates(second, seed + 1))


def _replicates(tally: Tally, seed: int) -> Numbers:
    """NaN where too few patients define an interval. Where all score alike, drawing patients would feign certainty:

    there the share is drawn from its posterior under Jeffreys' prior, with as many draws behind it as patients.
    """
    if tally.cases < FEWEST:
        return np.full(REPLICATES, np.nan)
    scores = np.asarray(tally.scores, np.float64)
    if np.ptp(scores) == 0:
        generator = np.random.default_rng(seed)
        off = generator.beta(0.5, tally.cases + 0.5, REPLICATES)
        if scores[0] != 0:
            return np.asarray(scores[0] * (1 - off))
        return np.asarray(off * generator.choice([-1.0, 1.0], REPLICATES) if tally.is_signed else off)
    parts = []
    for weights in patient_weights(tally.patients, replicates=REPLICATES, seed=seed):
        total = weights.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            parts.append(weights @ scores / total)
    return np.concatenate(parts)


def verdict(delta: Estimate | None, *, margin: float) -> str:
    """gain, harm, equivalent within the margin, or undecided."""
    if delta is None or delta.low is None or delta.high is None:
        return "undecided"
    if delta.low > 0:
        return "gain"
    if delta.high < 0:
        return "harm"
    return "equivalent" if -margin < delta.low and delta.high < margin else "undecided"


def cases_to_decide(delta: Estimate | None, cases: int, *, margin: float) -> int | None:
    """About how many cases would decide, were the difference what it seems: intervals shrink with the root of n."""
    if delta is None or delta.low is None or delta.high is None or not cases:
        return None
    half = (delta.high - delta.low) / 2
    reach = max(abs(delta.value), margin - abs(delta.value))
    return None if reach <= 1e-9 else int(np.ceil(cases * (half / reach) ** 2))
