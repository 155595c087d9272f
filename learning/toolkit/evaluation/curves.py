"""Curves of one finding, few enough points to draw."""

import numpy as np

from learning.toolkit.evaluation.shapes import ReliabilityBin
from learning.toolkit.ranks import Array

_ECE_BINS = 15
_CURVE_POINTS = 101


def reliability(p: Array, positive: Array) -> tuple[ReliabilityBin, ...]:
    """Bins of equal width that hold a case."""
    bins = np.minimum((p * _ECE_BINS).astype(int), _ECE_BINS - 1)
    return tuple(
        ReliabilityBin(float(p[bins == b].mean()), float(positive[bins == b].mean()), int((bins == b).sum()))
        for b in np.unique(bins)
    )


def calibration_error(bins: tuple[ReliabilityBin, ...]) -> float | None:
    """Expected calibration error: mean distance of a bin from the diagonal, by cases."""
    n = sum(b.n for b in bins)
    return sum(abs(b.predicted - b.observed) * b.n for b in bins) / n if n else None


def roc(p: Array, positive: Array) -> tuple[tuple[float, float], ...]:
    """(false positive rate, true positive rate), rising from (0, 0) to (1, 1), at most 101 points."""
    order = np.argsort(-p, kind="stable")
    last = np.flatnonzero(np.r_[p[order][1:] != p[order][:-1], True])
    hit = np.r_[0, np.cumsum(positive[order])[last]] / positive.sum()
    false = np.r_[0, np.cumsum(~positive[order])[last]] / (~positive).sum()
    if len(hit) > _CURVE_POINTS:
        pick = np.unique(np.linspace(0, len(hit) - 1, _CURVE_POINTS).round().astype(int))
        hit, false = hit[pick], false[pick]
    return tuple((float(x), float(y)) for x, y in zip(false, hit, strict=True))
