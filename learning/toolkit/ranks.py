"""Statistics of ranks: the area under the ROC curve and DeLong's variance."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

Array = npt.NDArray[Any]


def auroc(scores: Array, targets: Array) -> float | None:
    """Area under the ROC curve by the rank sum, ties counted half; None when one class is missing.

    scores   N numbers, higher means present.
    targets  N of 1 / 0; NaN and soft values other than 0 and 1 are left out.

    >>> auroc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0.0, 1.0, 1.0]))
    0.75
    """
    keep = (targets == 0) | (targets == 1)
    positive = targets[keep] == 1
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    if n_positive == 0 or n_negative == 0:
        return None
    ranks = rankdata(scores[keep])
    return float((ranks[positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


class RankedCases:
    """Cases of one finding in order of score, for many weighted statistics at once.

    A bootstrap replicate is a row of case weights (how often each case was drawn), so a thousand replicates are
    a few matrix operations. Ties count half in the AUROC and as one step in the precision-recall curve.
    """

    def __init__(self, scores: Array, positive: Array) -> None:
        order = np.argsort(scores, kind="stable")
        ordered = scores[order]
        self._order = order
        self._positive = positive[order].astype(np.float64)
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])

    def _steps(self, weights: Array) -> tuple[Array, Array]:
        """Weight of positives and of negatives per distinct score, ascending; R x G each."""
        ordered = weights[:, self._order]
        positives = ordered * self._positive
        stepped = np.add.reduceat(positives, self._starts, axis=1)
        return stepped, np.add.reduceat(ordered, self._starts, axis=1) - stepped

    def auroc(self, weights: Array) -> Array:
        """R AUROCs under R x N case weights; NaN where a class has no weight."""
        positives, negatives = self._steps(weights)
        below = np.cumsum(negatives, axis=1) - negatives / 2
        pairs = positives.sum(axis=1) * negatives.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(pairs > 0, (positives * below).sum(axis=1) / pairs, np.nan))

    def sensitivity_at(self, weights: Array, specificity: float) -> Array:
        """R sensitivities at the lowest threshold whose specificity is at least this; NaN where a class is missing."""
        positives, negatives = self._steps(weights)
        spared, missed = np.cumsum(negatives, axis=1), np.cumsum(positives, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            enough = spared >= (specificity - 1e-12) * spared[:, -1:]
            first = np.argmax(enough, axis=1)
            rows = np.arange(len(weights))
            found = 1 - missed[rows, first] / missed[:, -1]
            return np.asarray(np.where(spared[:, -1] > 0, found, np.nan))

    def average_precision(self, weights: Array) -> Array:
        """R average precisions (the step-wise area under precision and recall); NaN without positives."""
        positives, negatives = (side[:, ::-1] for side in self._steps(weights))
        found, false = np.cumsum(positives, axis=1), np.cumsum(negatives, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            precision = np.where(found > 0, found / (found + false), 0.0)
            return np.asarray((positives * precision).sum(axis=1) / found[:, -1])


@dataclass(frozen=True, slots=True)
class DeLong:
    """Two correlated AUROCs, their difference a - b, its standard error, and the two-sided p-value."""

    auroc_a: float
    auroc_b: float
    standard_error_a: float
    difference: float
    standard_error: float
    p_value: float


def delong(scores_a: Array, scores_b: Array, positive: Array) -> DeLong | None:
    """DeLong's test (DeLong et al. 1988, by midranks as Sun and Xu 2014); None when a class has under two cases.

    Cases count as independent; with several images of a patient use the bootstrap by patient instead.
    """
    positive = positive.astype(bool)
    m, n = int(positive.sum()), int((~positive).sum())
    if m < 2 or n < 2:
        return None
    over_negatives, over_positives = [], []
    for scores in (scores_a, scores_b):
        ranks = rankdata(scores)
        over_negatives.append((ranks[positive] - rankdata(scores[positive])) / n)
        over_positives.append(1 - (ranks[~positive] - rankdata(scores[~positive])) / m)
    areas = np.mean(over_negatives, axis=1)
    covariance = np.cov(over_negatives) / m + np.cov(over_positives) / n
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    difference, error = float(areas[0] - areas[1]), float(np.sqrt(max(variance, 0.0)))
    p_value = 1.0 if error == 0 else float(2 * norm.sf(abs(difference) / error))
    return DeLong(float(areas[0]), float(areas[1]), float(np.sqrt(covariance[0, 0])), difference, error, p_value)
