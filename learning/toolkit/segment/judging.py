"""Masks of a model against those of readers, image by image."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from learning.toolkit.data import Indices
from learning.toolkit.segment.masks import MaskExamples
from learning.toolkit.segment.predict import segment_batches
from learning.toolkit.segment.scores import score_cases


def score_rows(
    model: Any, examples: MaskExamples, rows: Indices, *, threshold: float = 0.5, device: str = "auto"
) -> npt.NDArray[np.float64]:
    """len(rows) x F x 3 (`scores.score_cases`), on the grid of the examples' masks: distances are millimetres there."""
    chosen, tables = examples.take(rows), []
    grid = chosen.masks.shape[2:]
    for part, probabilities in segment_batches(model, chosen.images, device=device):
        if probabilities.shape[2:] != grid:
            mode = "bilinear" if len(grid) == 2 else "trilinear"
            probabilities = F.interpolate(torch.from_numpy(probabilities), grid, mode=mode).numpy()
        tables.append(score_cases(probabilities, chosen.masks[part], chosen.spacing[part], threshold=threshold))
    return np.concatenate(tables) if tables else np.empty((0, len(examples.findings), 3))
