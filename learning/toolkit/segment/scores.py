"""How well two masks agree: Dice, and the distance between their borders."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from learning.toolkit.bootstrap import Estimate, estimate, patient_weights
from learning.toolkit.data import DataError

Mask = npt.NDArray[Any]


def dice(guess: Mask, truth: Mask) -> float:
    """2 |A and B| / (|A| + |B|); 1 where both are empty, which is agreement.

    >>> dice(np.array([1, 1, 0, 0]), np.array([0, 1, 1, 0]))
    0.5
    """
    a, b = np.asarray(guess, bool), np.asarray(truth, bool)
    either = int(a.sum()) + int(b.sum())
    return 1.0 if either == 0 else float(2 * (a & b).sum() / either)


def hd95(guess: Mask, truth: Mask, spacing: Sequence[float]) -> float:
    """95th percentile of the distances from the border of either mask to the other's, the larger of both ways, in mm.

    spacing  millimetres between pixels along each axis. Both masks empty: 0. One of them empty: the diagonal of the
    image, the largest distance there can be, so that a missed finding counts as far away and not as unknown.

    >>> a, b = np.zeros((2, 8, 8)); a[2, 2] = b[2, 5] = 1
    >>> hd95(a, b, (1.0, 0.5))
    1.5
    """
    a, b = np.asarray(guess, bool), np.asarray(truth, bool)
    if not a.any() or not b.any():
        if not a.any() and not b.any():
            return 0.0
        return float(np.linalg.norm(np.asarray(a.shape) * np.asarray(spacing)))
    edge_a, edge_b = _border(a), _border(b)
    to_b = ndimage.distance_transform_edt(~edge_b, sampling=spacing)[edge_a]
    to_a = ndimage.distance_transform_edt(~edge_a, sampling=spacing)[edge_b]
    return float(max(np.percentile(to_b, 95), np.percentile(to_a, 95)))


def _border(mask: Mask) -> Mask:
    """Pixels of the mask with a neighbour (across an edge) outside it; the image ends outside."""
    return np.asarray(mask & ~ndimage.binary_erosion(mask))


@dataclass(frozen=True, slots=True)
class MaskMetrics:
    """One finding's masks. Figures without a case are None; `reason` then says so.

    n          images of which some pixel was assessed; n_present those with the finding.
    dice       mean over images; `dice_present` over those with the finding, where an empty mask cannot score.
    hd95_mm    mean over images with the finding or with a mask of it.
    """

    finding: str
    n: int
    n_present: int
    n_patients: int
    reason: str | None
    dice: Estimate | None
    dice_present: Estimate | None
    hd95_mm: Estimate | None


def score_cases(
    probabilities: Mask, masks: Mask, spacing: npt.NDArray[np.float64], *, threshold: float = 0.5, unknown: int = 255
) -> npt.NDArray[np.float64]:
    """N x F x 3 of N x F x … tables: Dice, HD95 in mm (NaN where neither has a pixel), 1 where the finding is there.

    Pixels that are not known are left out of both; NaN where nothing is known.
    """
    if probabilities.shape != masks.shape:
        raise DataError(f"Probabilities have shape {probabilities.shape}, masks {masks.shape}; they must agree.")
    table = np.full((*masks.shape[:2], 3), np.nan)
    for row in range(len(masks)):
        for column in range(masks.shape[1]):
            known = masks[row, column] != unknown
            if known.any():
                guess = (probabilities[row, column] >= threshold) & known
                truth = (masks[row, column] == 1) & known
                far = hd95(guess, truth, tuple(spacing[row])) if guess.any() or truth.any() else np.nan
                table[row, column] = dice(guess, truth), far, float(truth.any())
    return table


def mean_dice(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Of N x F x 3 `score_cases`, each image's mean Dice over the findings assessed on it; NaN where none was."""
    dices = scores[:, :, 0]
    known = ~np.isnan(dices)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, dices, 0).sum(axis=1) / known.sum(axis=1))


def evaluate_masks(
    scores: npt.NDArray[np.float64], *, findings: Sequence[str], patients: Sequence[str], replicates: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """JSON-ready figures of N x F x 3 `score_cases`, with 95 % intervals over patients.

    mean_dice  over images, of each the mean over its assessed findings: what models are compared by.
    """
    metrics = [_one(code, scores[:, i], patients, replicates, seed) for i, code in enumerate(findings)]
    cases = np.stack([mean_dice(scores), np.full(len(scores), np.nan), np.full(len(scores), 0.0)], axis=1)
    overall = _one("", cases, patients, replicates, seed).dice
    return {
        "mean_dice": asdict(overall) if overall is not None else None,
        "kind": "segmentation", "n": len(scores), "n_patients": len(set(patients)),
        "findings": [asdict(one) for one in metrics], "replicates": replicates, "seed": seed,
    }


def _one(code: str, cases: Mask, patients: Sequence[str], replicates: int, seed: int) -> MaskMetrics:
    keep = ~np.isnan(cases[:, 0])
    cases, owners = cases[keep], [p for p, kept in zip(patients, keep, strict=True) if kept]
    if not len(cases):
        return MaskMetrics(code, 0, 0, 0, "No case was assessed for this finding.", None, None, None)
    there = cases[:, 2] == 1
    columns = [cases[:, 0], np.where(there, cases[:, 0], np.nan), cases[:, 1]]

    def means(weights: Mask) -> Mask:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.stack([weights @ np.nan_to_num(c) / (weights @ ~np.isnan(c)) for c in columns])

    spread = np.concatenate([means(w) for w in patient_weights(owners, replicates=replicates, seed=seed)], axis=1)
    values = means(np.ones((1, len(cases))))[:, 0]
    figures = [
        estimate(None if np.isnan(value) else float(value), row) for value, row in zip(values, spread, strict=True)
    ]
    reason = None if there.any() else "No assessed case has the finding, so an empty mask scores 1."
    return MaskMetrics(code, len(cases), int(there.sum()), len(set(owners)), reason, *figures)
