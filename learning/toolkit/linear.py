"""Linear classifiers on fixed features, with their strength chosen by cross-validation among the training patients."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from learning.toolkit.ranks import auroc
from learning.toolkit.splits import grouped_kfold

Matrix = npt.NDArray[np.float64]
Resample = Callable[[Matrix, npt.NDArray[np.int64]], tuple[Matrix, npt.NDArray[np.int64]]]
Kind = Literal["svm", "logistic"]

GRID: dict[str, tuple[float, ...]] = {
    "svm": (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0),
    "logistic": (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0),
}
"""Values of C that are tried, on features of mean 0 and standard deviation 1."""
_FEW = {"svm": 1e-3, "logistic": 1e-2}
_LEAST_SLOPE = 1e-3


@dataclass(frozen=True, slots=True)
class Linear:
    """K logits as `weight @ features + bias`, and how it was chosen.

    weight  K x D; K is 1 for present and absent.
    bias    K.
    c       the chosen C.
    tried   C and its area under the ROC curve on inner held-out patients; empty when there were too few to choose by.
    """

    weight: Matrix
    bias: Matrix
    c: float
    tried: tuple[tuple[float, float], ...]

    def logits(self, features: npt.ArrayLike) -> Matrix:
        """N x D to N x K."""
        return np.asarray(features, np.float64) @ self.weight.T + self.bias


def fit_linear(
    features: npt.ArrayLike,
    classes: npt.ArrayLike,
    weights: npt.ArrayLike,
    patients: Sequence[str],
    *,
    kind: Kind,
    folds: int,
    balanced: bool = False,
    seed: int = 0,
    resample: Resample | None = None,
) -> Linear:
    """Logits of a linear support vector machine or a logistic regression whose C inner cross-validation chose.

    features   N x D.
    classes    N: 0 and 1, or 0 to K - 1 (several classes are always a logistic regression).
    weights    N, at least 0: how much each case counts.
    balanced   both sides weigh the same in total.
    resample   adds made-up cases to the features and classes of every training part, after the given ones; the cases
               that choose C or make the sigmoid are left as they are.

    The margins of the support vector machine become logits by Platt's (1999) sigmoid, fitted to the margins that the
    inner held-out patients got. Ties go to the smaller C. Every class must have a case.
    """
    x, y = np.asarray(features, np.float64), np.asarray(classes, np.int64)
    w = np.asarray(weights, np.float64)
    several = len(np.unique(y)) > 2
    if several:
        kind = "logistic"
    splits = _inner(y, patients, folds, seed)
    if not splits:
        weight, bias = _train("logistic", _FEW["logistic"], x, y, w, balanced, seed, resample)
        return Linear(weight, bias, _FEW["logistic"], ())
    outs = {c: _held_out(kind, c, x, y, w, balanced, seed, splits, resample) for c in GRID[kind]}
    tried = tuple((c, _score(out, y, splits)) for c, out in outs.items())
    c = min(tried, key=lambda pair: (-round(pair[1], 6), pair[0]))[0]
    weight, bias = _train(kind, c, x, y, w, balanced, seed, resample)
    if kind == "svm":
        slope, offset = platt(outs[c][:, 0], y, w)
        weight, bias = slope * weight, slope * bias + offset
    return Linear(weight, bias, c, tried)


def platt(margins: npt.ArrayLike, classes: npt.ArrayLike, weights: npt.ArrayLike) -> tuple[float, float]:
    """Slope (above 0) and offset that turn margins into logits.

    >>> slope, offset = platt([-2.0, -1.0, 1.0, 2.0], [0, 0, 1, 1], [1, 1, 1, 1])
    >>> slope > 0, round(offset, 6) == 0
    (True, True)
    """
    y, w = np.asarray(classes), np.asarray(weights, np.float64)
    # Platt's targets keep the slope finite where the sides are parted by a gap
    positive, negative = float(w[y == 1].sum()), float(w[y == 0].sum())
    high, low = (positive + 1) / (positive + 2), 1 / (negative + 2)
    target = np.where(y == 1, high, low)
    column = np.asarray(margins, np.float64)[:, None]
    doubled, sides = np.concatenate([column, column]), np.repeat([1, 0], len(column))
    shares = np.concatenate([w * target, w * (1 - target)])
    model = LogisticRegression(C=1e6, max_iter=1000).fit(doubled, sides, sample_weight=shares)
    return max(float(model.coef_[0, 0]), _LEAST_SLOPE), float(model.intercept_[0])


def _inner(y: npt.NDArray[np.int64], patients: Sequence[str], folds: int, seed: int) -> list[Any]:
    """Splits that keep patients together; none when a class has fewer than two patients."""
    owners = np.asarray(list(patients))
    k = min([folds, *(len(set(owners[y == one])) for one in np.unique(y))])
    if k < 2:
        return []
    table = (y[:, None] == np.unique(y)[None, 1:]).astype(np.float32)
    splits = grouped_kfold(patients, table, k=k, seed=seed)
    return [(rows, held) for rows, held in splits if len(np.unique(y[rows])) == len(np.unique(y))]


def _held_out(
    kind: str, c: float, x: Matrix, y: Any, w: Matrix, balanced: bool, seed: int, splits: list[Any],
    resample: Resample | None,
) -> Matrix:
    """N x K scores of patients that the scoring classifier had not seen."""
    width = 1 if len(np.unique(y)) == 2 else len(np.unique(y))
    scores = np.zeros((len(y), width))
    for rows, held in splits:
        weight, bias = _train(kind, c, x[rows], y[rows], w[rows], balanced, seed, resample)
        scores[held] = x[held] @ weight.T + bias
    return scores


def _score(scores: Matrix, y: npt.NDArray[np.int64], splits: list[Any]) -> float:
    """Mean area over folds (and over classes, each against the rest); 0.5 where a fold has one side only."""
    held_rows = [held for _, held in splits]
    names = np.unique(y)[1:] if scores.shape[1] == 1 else np.unique(y)
    areas = [
        auroc(scores[held, column], (y[held] == name).astype(np.float64))
        for held in held_rows
        for column, name in enumerate(names)
    ]
    return float(np.mean([0.5 if area is None else area for area in areas]))


def _train(
    kind: str, c: float, x: Matrix, y: Any, w: Matrix, balanced: bool, seed: int, resample: Resample | None
) -> tuple[Matrix, Matrix]:
    """K x D weights and K biases on the features as given; scaling to unit variance is folded in."""
    if resample is not None:
        given = len(y)
        x, y = resample(x, y)
        w = np.concatenate([w, np.ones(len(y) - given)])
    centre, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread < 1e-8, 1.0, spread)
    model: Any
    if kind == "svm":
        model = LinearSVC(C=c, class_weight="balanced" if balanced else None, random_state=seed, max_iter=20_000)
    else:
        model = LogisticRegression(C=c, class_weight="balanced" if balanced else None, max_iter=2000)
    model.fit((x - centre) / spread, y, sample_weight=w)
    weight = model.coef_ / spread
    return weight, model.intercept_ - weight @ centre
