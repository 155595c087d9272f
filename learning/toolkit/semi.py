"""Confident predictions as pseudolabels: both sides of each finding, balanced, with a share set aside for audit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learning.toolkit.data import DataError, Floats

_WHOLE = 1.0


@dataclass(frozen=True, slots=True)
class PseudolabelSelection:
    """What the teacher may tell the student.

    targets    N x F: 1, 0, or NaN where the teacher was not sure enough or the cap was reached.
    audited    N, true for selected images to be read by a person as well.
    positives  per finding, the number of selected images called present; `negatives` likewise.
    """

    targets: Floats
    audited: npt.NDArray[np.bool_]
    positives: tuple[int, ...]
    negatives: tuple[int, ...]

    @property
    def rows(self) -> npt.NDArray[np.int64]:
        """Images with at least one pseudolabel."""
        return np.flatnonzero(~np.isnan(self.targets).all(axis=1))


def select_pseudolabels(
    probabilities: npt.ArrayLike,
    *,
    thresholds: Sequence[float] | float,
    max_per_class: int,
    audited_share: float,
    generator: np.random.Generator,
    imbalance: float = 3.0,
) -> PseudolabelSelection:
    """Select from N x F calibrated probabilities.

    thresholds     per finding, or one for all: present from t on, absent down to 1 - t; 0.5 < t <= 1.
    max_per_class  at most so many positives and so many negatives per finding; 0 selects nothing.
    audited_share  share of the selected images that a person should read too, drawn at random, rounded up.
    imbalance      negatives are at most so many times the positives and conversely (Noisy Student balances its
                   classes; with none on one side, the other side is dropped: a teacher that calls everything
                   absent would teach just that).

    The most confident come first; ties are broken at random. Raises DataError.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    cuts = np.broadcast_to(np.asarray(thresholds, dtype=np.float64), p.shape[1:])
    if p.ndim != 2 or not np.isfinite(p).all():
        raise DataError("Pseudolabels need an N x F table of probabilities without missing values.")
    if not ((cuts > 0.5) & (cuts <= _WHOLE)).all():
        raise DataError(f"Thresholds must lie above 0.5 and not above 1; they are {cuts.tolist()}.")
    if max_per_class < 0 or not 0 <= audited_share <= 1 or imbalance < 1:
        raise DataError("The cap must be at least 0, the audited share from 0 to 1, the imbalance at least 1.")
    targets = np.full(p.shape, np.nan, dtype=np.float32)
    for column, cut in enumerate(cuts):
        present = _most_confident(p[:, column], cut, max_per_class, generator)
        absent = _most_confident(1 - p[:, column], cut, max_per_class, generator)
        limit = int(imbalance * min(len(present), len(absent)))
        targets[present[:limit], column] = 1.0
        targets[absent[:limit], column] = 0.0
    selected = np.flatnonzero(~np.isnan(targets).all(axis=1))
    audited = np.zeros(len(p), dtype=bool)
    count = int(np.ceil(audited_share * len(selected) - 1e-9))
    audited[generator.permutation(selected)[:count]] = True
    return PseudolabelSelection(
        targets=targets,
        audited=audited,
        positives=tuple(int(n) for n in (targets == 1).sum(axis=0)),
        negatives=tuple(int(n) for n in (targets == 0).sum(axis=0)),
    )


def _most_confident(
    confidence: npt.NDArray[np.float64], cut: float, most: int, generator: np.random.Generator
) -> npt.NDArray[np.int64]:
    shuffled = generator.permutation(len(confidence))
    ordered = shuffled[np.argsort(-confidence[shuffled], kind="stable")]
    return ordered[confidence[ordered] >= cut][:most]
