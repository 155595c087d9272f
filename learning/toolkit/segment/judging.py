"""Masks of a model against those of readers, image by image."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from learning.toolkit.data import Indices
from learning.toolkit.segment.masks import MaskExamples
from learning.toolkit.segment.predict import outline_batches
from learning.toolkit.segment.scores import score_cases


def score_rows(
    model: Any, examples: MaskExamples, rows: Indices, *, threshold: float = 0.5, device: str = "auto"
) -> npt.NDArray[np.float64]:
    """len(rows) x F x 3 (`scores.score_cases`), on the grid of the examples' masks: distances are millimetres there."""
    chosen = examples.take(rows)
    return score_images(model, chosen.images, chosen, threshold=threshold, device=device)


def score_images(
    model: Any, images: Any, examples: MaskExamples, *, threshold: float = 0.5, device: str = "auto"
) -> npt.NDArray[np.float64]:
    """N x F x 3 of the same cases as the examples, prepared as this model sees them; columns as the examples'.

    So that models of different input are judged on one grid. The model knows the examples' findings, and maybe others.
    """
    grid, tables = examples.masks.shape[2:], []
    columns = [list(model.findings).index(code) for code in examples.findings]
    for batch in outline_batches(model, images, device=device):
        probabilities = batch.probabilities[:, columns]
        if probabilities.shape[2:] != grid:
            mode = "bilinear" if len(grid) == 2 else "trilinear"
            probabilities = F.interpolate(torch.from_numpy(probabilities), grid, mode=mode).numpy()
        part = batch.rows
        tables.append(score_cases(probabilities, examples.masks[part], examples.spacing[part], threshold=threshold))
    return np.concatenate(tables) if tables else np.empty((0, len(examples.findings), 3))
