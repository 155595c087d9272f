"""Probabilities that mean what they say: temperatures and operating points, both from cases kept for this."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar

from learning.toolkit.data import DataError

Matrix = npt.NDArray[np.floating]
PointRule = Literal["youden", "sensitivity"]
_EDGE = 1e-7
_LEAST_CASES = 10
_MOST_SHIFT = 10.0


def logit(probabilities: Matrix) -> npt.NDArray[np.float64]:
    """Log odds, with probabilities kept 1e-7 away from 0 and 1."""
    p = np.clip(np.asarray(probabilities, dtype=np.float64), _EDGE, 1 - _EDGE)
    return np.asarray(np.log(p) - np.log1p(-p))


def scale(
    probabilities: Matrix, temperatures: npt.ArrayLike, shifts: npt.ArrayLike = 0.0
) -> npt.NDArray[np.float64]:
    """Probabilities with log odds less the shift, divided by the temperature of their column; the ranking stays.

    >>> scale(np.array([[0.9]]), [1.0]).round(6).tolist()
    [[0.9]]
    """
    odds = logit(probabilities) - np.asarray(shifts, dtype=np.float64)
    return np.asarray(1 / (1 + np.exp(-odds / np.asarray(temperatures, dtype=np.float64))))


def fit_scaling(
    probabilities: Matrix, targets: Matrix
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """A temperature and a shift per finding (Platt 1999, with his softened targets) from N x F tables; NaN left out.

    Class weights move the log odds of a rare finding up; a temperature alone cannot move them back, a shift can. A
    finding with fewer than 10 assessed cases, or with one class alone, keeps temperature 1 and shift 0.
    """
    temperatures, shifts = np.ones(probabilities.shape[1]), np.zeros(probabilities.shape[1])
    for column in range(len(temperatures)):
        known = ~np.isnan(targets[:, column])
        positive = np.asarray(targets[known, column], dtype=np.float64) >= 0.5
        if len(positive) < _LEAST_CASES or positive.all() or not positive.any():
            continue
        odds = logit(probabilities[known, column])
        n_positive, n_negative = int(positive.sum()), int((~positive).sum())
        t = np.where(positive, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))

        def loss(parameters: Matrix, odds: Matrix = odds, t: Matrix = t) -> float:
            z = (odds - parameters[1]) / np.exp(parameters[0])
            return float(np.mean(np.logaddexp(0, z) - t * z))

        bounds = [(np.log(0.05), np.log(20)), (-_MOST_SHIFT, _MOST_SHIFT)]
        found = minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=bounds)
        if found.fun < loss(np.zeros(2)):
            temperatures[column], shifts[column] = float(np.exp(found.x[0])), float(found.x[1])
    return temperatures, shifts


def fit_temperatures(probabilities: Matrix, targets: Matrix) -> npt.NDArray[np.float64]:
    """One temperature per finding (Guo et al. 2017): least negative log-likelihood, never worse than 1.

    probabilities, targets   N x F; a NaN target is left out. A finding with fewer than 10 assessed cases, or
    with one class alone, keeps temperature 1.
    """
    temperatures = np.ones(probabilities.shape[1])
    for column in range(len(temperatures)):
        known = ~np.isnan(targets[:, column])
        t = np.asarray(targets[known, column], dtype=np.float64)
        if len(t) < _LEAST_CASES or (t >= 0.5).all() or (t < 0.5).all():
            continue
        odds = logit(probabilities[known, column])

        def loss(log_temperature: float, odds: Matrix = odds, t: Matrix = t) -> float:
            z = odds / np.exp(log_temperature)
            return float(np.mean(np.logaddexp(0, z) - t * z))

        found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded")
        if found.fun < loss(0.0):
            temperatures[column] = float(np.exp(found.x))
    return temperatures


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Present from this probability on; which rule chose it, and on how many cases. `reason` if it is a default."""

    threshold: float
    rule: PointRule
    n: int
    reason: str | None = None


def choose_points(
    probabilities: Matrix, targets: Matrix, *, rule: PointRule = "youden", sensitivity: float = 0.9
) -> list[OperatingPoint]:
    """One operating point per finding.

    youden       the largest sensitivity + specificity - 1 (Youden 1950).
    sensitivity  the highest threshold that still finds at least this share of the positives.

    A finding without both classes gets 0.5 and says why. Raises DataError for an unknown rule.
    """
    if rule not in ("youden", "sensitivity"):
        raise DataError(f"Unknown rule {rule!r} for the operating point; known: youden, sensitivity.")
    points = []
    for column in range(probabilities.shape[1]):
        t = targets[:, column]
        keep = (t == 0) | (t == 1)
        p, positive = np.asarray(probabilities[keep, column], dtype=np.float64), t[keep] == 1
        if not positive.any() or positive.all():
            points.append(OperatingPoint(0.5, rule, len(p), "only one class among the cases"))
            continue
        cuts = np.unique(p)
        found = 1 - np.searchsorted(np.sort(p[positive]), cuts) / positive.sum()
        spared = np.searchsorted(np.sort(p[~positive]), cuts) / (~positive).sum()
        if rule == "youden":
            best = int(np.argmax(found + spared))
        else:
            best = int(np.flatnonzero(found >= sensitivity - 1e-12)[-1])
        lower = cuts[best - 1] if best else 0.0
        points.append(OperatingPoint(float((cuts[best] + lower) / 2), rule, len(p)))
    return points
