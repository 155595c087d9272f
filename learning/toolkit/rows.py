"""Labelled examples on the device that trains."""

from typing import Any

import numpy as np
import torch
from torch import nn

from learning.recipe import Recipe
from learning.toolkit.augment import augment
from learning.toolkit.data import DataError, Examples, Indices
from learning.toolkit.kept import KeptReader
from learning.toolkit.readers import make_reader

_JUDGED_AT_ONCE = 128
Drawn = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class Rows:
    """Examples ready for the device.

    targets  N x F, NaN where not assessed; of masks, whether there is any of the finding.
    weights  N x F, 0 where not assessed.
    """

    def __init__(self, examples: Examples, recipe: Recipe, device: torch.device) -> None:
        self.recipe = recipe
        self.device = device
        self.reader = KeptReader(make_reader(examples.images, recipe.input))
        self.targets = torch.from_numpy(examples.targets).to(device)
        self.weights = torch.from_numpy(examples.weights * examples.known()).to(device)

    def __len__(self) -> int:
        return len(self.targets)

    def draw(self, part: Indices, generator: torch.Generator) -> Drawn:
        """Network input of these rows, altered by numbers from `generator`, with what it is compared to and weights."""
        batch = augment(self.reader.batch(part, self.device), self.recipe.augmentation, generator=generator)
        return batch, self.targets[part], self.weights[part]

    def plain(self, part: Indices) -> Drawn:
        """The same without alterations."""
        return self.reader.batch(part, self.device), self.targets[part], self.weights[part]

    @torch.no_grad()
    def judge(self, model: nn.Module, objective: Any, *, bf16: bool) -> tuple[float, torch.Tensor]:
        """Loss without smoothing, and N x F logits, of a network in evaluation mode."""
        parts = []
        for start in range(0, len(self), _JUDGED_AT_ONCE):
            rows = np.arange(start, min(start + _JUDGED_AT_ONCE, len(self)))
            with torch.autocast(self.device.type, torch.bfloat16, enabled=bf16):
                parts.append(model(self.plain(rows)[0]).float())
        logits = torch.cat(parts)
        return float(objective.loss(logits, self.targets, self.weights, training=False, share=1.0)), logits


def make_rows(examples: Examples, recipe: Recipe, device: torch.device) -> Rows:
    """The rows that suit the recipe's task. Raises DataError where the examples do not hold what it needs."""
    if recipe.targets.kind == "segmentation":
        from learning.toolkit.segment.masks import MaskExamples
        from learning.toolkit.segment.rows import MaskRows

        if not isinstance(examples, MaskExamples):
            raise DataError("Segmentation learns from masks; give MaskExamples, or choose targets.kind 'binary'.")
        return MaskRows(examples, recipe, device)
    from learning.toolkit.pairs import PairImages, PairRows

    is_pair = isinstance(examples.images, PairImages)
    if is_pair != (recipe.targets.kind == "progression"):
        raise DataError(
            "Progression is learned from pairs of images (PairImages) and every other task from single ones; "
            "choose targets.kind to suit the images."
        )
    return PairRows(examples, recipe, device) if is_pair else Rows(examples, recipe, device)
