"""Conformal sets: answers that hold the truth with a stated frequency, however wrong the probabilities are.

Split conformal prediction (Vovk et al. 2005): a score says how badly an answer fits; the threshold is the k-th
smallest score of n calibration cases, k = ceil((n + 1)(1 - alpha)), so few cases give wide sets. With a threshold per
class (Mondrian) the coverage holds in each class, also in the rare one.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from learning.toolkit.data import DataError

Table = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Method = Literal["lac", "aps"]


@dataclass(frozen=True, slots=True)
class Conformal:
    """Fitted thresholds: the largest score that an answer of class k may have; infinite where too few cases said so.

    n  calibration cases of each class (Mondrian), or of all classes, K times the same.
    """

    method: Method
    alpha: float
    thresholds: tuple[float, ...]
    n: tuple[int, ...]
    by_class: bool


def fit_conformal(
    probabilities: npt.ArrayLike, classes: npt.ArrayLike, *, alpha: float = 0.1, method: Method = "lac",
    by_class: bool = True, seed: int = 0,
) -> Conformal:
    """Thresholds from N x K probabilities of calibration cases that chose nothing else, and their N true classes.

    lac  1 - p of the class (Sadinle et al. 2019): the smallest sets on average.
    aps  probability of all likelier classes and a random part of its own (Romano et al. 2020): sets that adapt to how
         hard a case is.

    Raises DataError for shapes that do not fit, or alpha outside 0 to 1.
    """
    p, y = _checked(probabilities, classes)
    if not 0 < alpha < 1:
        raise DataError(f"The share of errors allowed must lie between 0 and 1; it is {alpha:g}.")
    scores = _scores(p, method, seed)[np.arange(len(y)), y]
    groups = [scores[y == k] if by_class else scores for k in range(p.shape[1])]
    return Conformal(
        method, alpha, tuple(finite_quantile(group, alpha) for group in groups), tuple(map(len, groups)), by_class
    )


def finite_quantile(scores: npt.ArrayLike, alpha: float) -> float:
    """The ceil((n + 1)(1 - alpha))-th smallest of n scores; infinite where n is too small for it.

    >>> finite_quantile(range(1, 20), 0.1), finite_quantile(range(8), 0.1)
    (18.0, inf)
    """
    ordered = np.sort(np.asarray(scores, dtype=np.float64))
    rank = math.ceil(round((len(ordered) + 1) * (1 - alpha), 9))
    return float(ordered[rank - 1]) if rank <= len(ordered) else math.inf


def prediction_sets(fitted: Conformal, probabilities: npt.ArrayLike, *, seed: int = 1) -> npt.NDArray[np.bool_]:
    """N x K, true where the class is in the case's set. Empty sets and full ones are honest answers too."""
    p = np.asarray(probabilities, dtype=np.float64)
    return np.asarray(_scores(p, fitted.method, seed) <= np.asarray(fitted.thresholds))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the sets held the truth, overall and per class (None without a case), and how large they were."""

    n: int
    covered: float
    by_class: tuple[float | None, ...]
    size: float
    single: float
    """Share of cases with exactly one answer."""


def coverage(sets: npt.NDArray[np.bool_], classes: npt.ArrayLike) -> Coverage:
    """Of N x K sets and N true classes. Raises DataError without cases."""
    y = np.asarray(classes, dtype=np.int64)
    if not len(y):
        raise DataError("Coverage needs at least one case.")
    held = sets[np.arange(len(y)), y]
    by_class = tuple(float(held[y == k].mean()) if (y == k).any() else None for k in range(sets.shape[1]))
    sizes = sets.sum(axis=1)
    return Coverage(len(y), float(held.mean()), by_class, float(sizes.mean()), float((sizes == 1).mean()))


def two_classes(probabilities: npt.ArrayLike) -> Table:
    """N probabilities of presence as N x 2: absent, present."""
    p = np.asarray(probabilities, dtype=np.float64)
    return np.stack([1 - p, p], axis=1)


_STREAM = 0xC0F
"""Sets the draws apart from those of data made with an equal seed: else they could follow the classes."""


def _scores(p: Table, method: Method, seed: int) -> Table:
    """N x K, lower fits better."""
    if method == "lac":
        return 1 - p
    if method != "aps":
        raise DataError(f"Unknown conformal method {method!r}; known: lac, aps.")
    order = np.argsort(-p, axis=1, kind="stable")
    ranked = np.take_along_axis(p, order, axis=1)
    before = np.cumsum(ranked, axis=1) - ranked
    scores = np.empty_like(p)
    part = np.random.default_rng([seed, _STREAM]).random((len(p), 1))
    np.put_along_axis(scores, order, before + part * ranked, axis=1)
    return scores


def _checked(probabilities: npt.ArrayLike, classes: npt.ArrayLike) -> tuple[Table, Labels]:
    p, y = np.asarray(probabilities, dtype=np.float64), np.asarray(classes)
    if p.ndim != 2 or y.shape != (len(p),) or not len(p):
        raise DataError(f"Probabilities {p.shape} and classes {y.shape} must be N x K and N, and not empty.")
    whole = y.astype(np.int64)
    if (whole != y).any() or whole.min() < 0 or whole.max() >= p.shape[1]:
        raise DataError(f"Classes must be whole numbers from 0 to {p.shape[1] - 1}.")
    return p, whole
