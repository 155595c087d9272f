"""Free-response ROC: lesions found against false marks per image (Bunch et al. 1977), with the mean of LUNA16."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learning.toolkit.bootstrap import Estimate, estimate, patient_weights
from learning.toolkit.data import DataError

Box = tuple[float, float, float, float]
"""Left, top, width, height in pixels."""
FALSE_MARKS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class Mark:
    """A box that a model drew, and how sure it is."""

    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class Froc:
    """Lesions found (0 to 1) at each number of false marks per image, and their mean."""

    lesions: int
    images: int
    rates: tuple[float, ...]
    found: tuple[float, ...]
    mean: Estimate


def froc(
    marks: Sequence[Sequence[Mark]], truth: Sequence[Sequence[Box]], *, patients: Sequence[str], overlap: float = 0.3,
    rates: Sequence[float] = FALSE_MARKS, replicates: int = 500, seed: int = 0,
) -> Froc:
    """Judge the marks of each image against its true boxes.

    A mark hits the true box that it overlaps most, if intersection over union is at least `overlap`; of several marks
    on one box the surest counts and the others are neither hits nor false. The interval draws patients.

    Raises DataError when nothing is to be found or lengths differ.
    """
    if not len(marks) == len(truth) == len(patients):
        raise DataError(f"{len(marks)} images with marks, {len(truth)} with boxes and {len(patients)} patients differ.")
    hits, false = [], []
    for image, (drawn, boxes) in enumerate(zip(marks, truth, strict=True)):
        some, wrong = _judge(drawn, boxes, overlap)
        hits += [(image, score) for score in some]
        false += [(image, score) for score in wrong]
    lesions = np.array([len(boxes) for boxes in truth], dtype=np.float64)
    if not lesions.any():
        raise DataError("No image has a box to be found; FROC needs some.")
    curve = _Curve(np.array(hits).reshape(-1, 2), np.array(false).reshape(-1, 2), lesions, np.asarray(rates, float))
    values = curve.found(np.ones(len(truth)))
    drawn_means = np.array([
        curve.found(row).mean()
        for block in patient_weights(patients, replicates=replicates, seed=seed)
        for row in block
    ])
    mean = estimate(float(values.mean()), drawn_means)
    assert mean is not None
    return Froc(int(lesions.sum()), len(truth), tuple(rates), tuple(map(float, values)), mean)


def intersection_over_union(first: Box, second: Box) -> float:
    """Of two boxes; 0 when they do not meet.

    >>> intersection_over_union((0, 0, 2, 2), (1, 0, 2, 2)) == 1 / 3
    True
    """
    width = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    height = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    shared = max(width, 0.0) * max(height, 0.0)
    whole = first[2] * first[3] + second[2] * second[3] - shared
    return shared / whole if whole > 0 else 0.0


def _judge(marks: Sequence[Mark], truth: Sequence[Box], overlap: float) -> tuple[list[float], list[float]]:
    """Scores of the true boxes that were hit, each by its surest mark, and of the marks that hit nothing."""
    best: dict[int, float] = {}
    wrong = []
    for mark in marks:
        shares = [intersection_over_union(mark.box, box) for box in truth]
        target = int(np.argmax(shares)) if shares else -1
        if target < 0 or shares[target] < overlap:
            wrong.append(mark.score)
        else:
            best[target] = max(best.get(target, -np.inf), mark.score)
    return list(best.values()), wrong


class _Curve:
    """Lesions found at the strictest threshold that still allows a rate of false marks, under weights of images."""

    def __init__(
        self, hits: npt.NDArray[np.float64], false: npt.NDArray[np.float64], lesions: npt.NDArray[np.float64],
        rates: npt.NDArray[np.float64],
    ) -> None:
        marks = np.concatenate([hits, false])
        is_hit = np.r_[np.ones(len(hits), bool), np.zeros(len(false), bool)]
        order = np.argsort(-marks[:, 1], kind="stable")
        self._image = marks[order, 0].astype(np.int64)
        self._is_hit = is_hit[order]
        self._last = np.flatnonzero(np.r_[np.diff(marks[order, 1]) != 0, True]) if len(marks) else np.empty(0, int)
        self._lesions, self._rates = lesions, rates

    def found(self, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """One share per rate; NaN when the drawn images hold no lesion."""
        there = weights @ self._lesions
        if there <= 0:
            return np.full(len(self._rates), np.nan)
        own = weights[self._image]
        hit = np.r_[0.0, np.cumsum(own * self._is_hit)[self._last] / there]
        false = np.r_[0.0, np.cumsum(own * ~self._is_hit)[self._last] / weights.sum()]
        last = np.searchsorted(false, self._rates, "right") - 1
        return np.asarray(hit[last])
