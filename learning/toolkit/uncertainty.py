"""How unsure a model is, per finding and per image.

All of these take N x F probabilities that each finding is present and give N x F scores from 0 (sure) to 1.
For a single yes-or-no finding, entropy, margin and least confidence order the images equally; they differ when
several findings are added up.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[Any]
Aggregation = Literal["max", "mean", "sum"]


def entropy(probabilities: Matrix) -> Matrix:
    """Binary entropy in bits.

    >>> entropy(np.array([[0.5, 1.0]])).tolist()
    [[1.0, 0.0]]
    """
    p = np.asarray(probabilities, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [np.where(q > 0, -q * np.log2(q), 0.0) for q in (p, 1 - p)]
    return np.asarray(terms[0] + terms[1])


def margin(probabilities: Matrix) -> Matrix:
    """1 - |p - (1 - p)|: 1 where present and absent are equally likely."""
    return np.asarray(1 - np.abs(2 * np.asarray(probabilities, dtype=np.float64) - 1))


def least_confidence(probabilities: Matrix) -> Matrix:
    """Twice the probability that the likelier answer is wrong."""
    p = np.asarray(probabilities, dtype=np.float64)
    return np.asarray(2 * (1 - np.maximum(p, 1 - p)))


def bald(passes: Matrix) -> Matrix:
    """Entropy of the mean minus mean entropy (Houlsby et al. 2011) over T x N x F passes; N x F bits.

    0 where all passes agree, however undecided they are.
    """
    passes = np.asarray(passes, dtype=np.float64)
    gap = entropy(passes.mean(axis=0)) - entropy(passes).mean(axis=0)
    return np.asarray(np.maximum(gap, 0.0).astype(np.float32))


def aggregate(scores: Matrix, how: Aggregation = "max") -> Matrix:
    """N x F scores to one per image: the most unsure finding, their mean, or their sum."""
    return _AGGREGATIONS[how](scores)


_AGGREGATIONS: dict[str, Callable[[Matrix], Matrix]] = {
    "max": lambda scores: scores.max(axis=1),
    "mean": lambda scores: scores.mean(axis=1),
    "sum": lambda scores: scores.sum(axis=1),
}
