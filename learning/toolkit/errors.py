"""The errors worth looking at: where a model was sure and wrong."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Mistake:
    """A case on the wrong side of the threshold. kind: 'missed' (present) or 'false alarm' (absent)."""

    row: int
    kind: str
    probability: float
    surprise: float
    """Bits of surprise at the truth, -log2 of the probability that it got."""


def worst_mistakes(
    probabilities: npt.ArrayLike, targets: npt.ArrayLike, *, threshold: float, count: int = 6
) -> list[Mistake]:
    """The most confident errors of one finding, N probabilities and N targets (NaN and soft ones left out).

    At most `count` of each kind, the surest first; ties by row, so that the gallery stays the same.

    >>> [one.kind for one in worst_mistakes([0.9, 0.1, 0.8], [0, 1, 1], threshold=0.5)]
    ['false alarm', 'missed']
    """
    p, t = np.asarray(probabilities, dtype=np.float64), np.asarray(targets, dtype=np.float64)
    found = [
        Mistake(int(row), kind, float(p[row]), float(-np.log2(max(1 - abs(t[row] - p[row]), 1e-12))))
        for kind, wrong in (("missed", (t == 1) & (p < threshold)), ("false alarm", (t == 0) & (p >= threshold)))
        for row in np.flatnonzero(wrong)
    ]
    found.sort(key=lambda one: (-one.surprise, one.row))
    return [one for one in found if sum(o.kind == one.kind for o in found[: found.index(one)]) < count]

