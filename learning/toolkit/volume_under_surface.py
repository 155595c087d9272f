"""The volume under the three-class ROC surface: the AUROC's counterpart for three classes.

Draw one case of each class: the volume is the probability that they are told apart. Guessing gives 1/6.
"""

import itertools
import math

import numpy as np
import numpy.typing as npt

from learning.toolkit.bootstrap import Estimate, estimate, patient_weights
from learning.toolkit.data import DataError

Table = npt.NDArray[np.float64]
_ORDERS = tuple(itertools.permutations(range(3)))
_MOST_TRIOS = 2_000_000


def ordered_volume(scores: npt.ArrayLike, classes: npt.ArrayLike) -> float | None:
    """For ordered classes 0 < 1 < 2 and one score per case: how often a trio's scores rise (Nakas 2004).

    Ties count by chance: a half for two equal scores, a sixth for three. None when a class is missing.

    >>> ordered_volume([0.1, 0.5, 0.9], [0, 1, 2])
    1.0
    """
    s, y = np.asarray(scores, dtype=np.float64), np.asarray(classes)
    groups = [np.sort(s[y == k]) for k in range(3)]
    if not all(len(group) for group in groups):
        return None
    low, middle, high = groups
    below = np.searchsorted(low, middle, "left")
    level = np.searchsorted(low, middle, "right") - below
    equal = np.searchsorted(high, middle, "right") - np.searchsorted(high, middle, "left")
    above = len(high) - np.searchsorted(high, middle, "right")
    wins = below * above + (level * above + below * equal) / 2 + level * equal / 6
    return float(wins.sum() / (len(low) * len(middle) * len(high)))


def volume(probabilities: npt.ArrayLike, classes: npt.ArrayLike, *, seed: int = 0) -> float | None:
    """For unordered classes and N x 3 probabilities: how often a trio is given to its classes rightly.

    The trio's likeliest assignment (largest product of probabilities) is the answer (Mossman 1999; Dreiseitl et al.
    2000); assignments that tie share the point. With more than two million trios, so many are drawn by `seed`. None
    when a class is missing. Raises DataError for another shape.
    """
    groups = _groups(probabilities, classes)
    if groups is None:
        return None
    rows = _trios([len(group) for group in groups], seed)
    return float(_wins(groups, rows).mean())


def volume_with_interval(
    probabilities: npt.ArrayLike, classes: npt.ArrayLike, *, patients: list[str], replicates: int = 500, seed: int = 0
) -> Estimate | None:
    """The volume with a 95 % interval that draws patients; None when a class is missing."""
    groups = _groups(probabilities, classes)
    if groups is None:
        return None
    y = np.asarray(classes)
    rows = _trios([len(group) for group in groups], seed)
    wins = _wins(groups, rows)
    index = [np.flatnonzero(y == k) for k in range(3)]
    drawn = []
    for weights in patient_weights(patients, replicates=replicates, seed=seed):
        shares = [weights[:, index[k]] for k in range(3)]
        for one in range(len(weights)):
            w = shares[0][one, rows[:, 0]] * shares[1][one, rows[:, 1]] * shares[2][one, rows[:, 2]]
            drawn.append(float(w @ wins / w.sum()) if w.sum() > 0 else math.nan)
    return estimate(float(wins.mean()), np.asarray(drawn))


def _groups(probabilities: npt.ArrayLike, classes: npt.ArrayLike) -> list[Table] | None:
    p, y = np.asarray(probabilities, dtype=np.float64), np.asarray(classes)
    if p.ndim != 2 or p.shape != (len(y), 3):
        raise DataError(f"Three classes need N x 3 probabilities and N classes, not {p.shape} and {y.shape}.")
    groups = [np.log(np.maximum(p[y == k], 1e-300)) for k in range(3)]
    return groups if all(len(group) for group in groups) else None


def _trios(sizes: list[int], seed: int) -> npt.NDArray[np.int64]:
    """Rows within the classes of all trios, or of as many as are looked at."""
    if math.prod(sizes) <= _MOST_TRIOS:
        return np.stack([axis.ravel() for axis in np.indices(sizes)], axis=1)
    rng = np.random.default_rng(seed)
    return np.stack([rng.integers(size, size=_MOST_TRIOS) for size in sizes], axis=1)


def _wins(groups: list[Table], rows: npt.NDArray[np.int64]) -> Table:
    """Share of the point that each trio gets: 1 when the right assignment alone is the likeliest."""
    own = np.stack([groups[k][rows[:, k]] for k in range(3)], axis=1)  # trio x case x class
    sums = np.stack([own[:, range(3), order].sum(axis=1) for order in _ORDERS], axis=1)
    best = sums >= sums.max(axis=1, keepdims=True) - 1e-12
    return np.asarray(best[:, 0] / best.sum(axis=1))
