"""Images with masks on the device that trains; of volumes, patches."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from learning.recipe import Recipe
from learning.toolkit.augment import augment_with_masks
from learning.toolkit.data import Examples, Indices
from learning.toolkit.rows import Drawn, Rows
from learning.toolkit.segment.loss import hard_dice
from learning.toolkit.segment.masks import UNKNOWN, MaskExamples
from learning.toolkit.segment.patches import Patcher
from learning.toolkit.segment.predict import windowed

_JUDGED_AT_ONCE = 8


class MaskRows(Rows):
    """Rows whose answers are B x F x … masks, NaN where not known."""

    def __init__(self, examples: Examples, recipe: Recipe, device: torch.device) -> None:
        assert isinstance(examples, MaskExamples)
        super().__init__(examples, recipe, device)
        self.masks = examples.masks
        self.patcher = Patcher(recipe.targets.patch)

    def truth(self, part: Indices, size: tuple[int, ...]) -> torch.Tensor:
        """B x F x size, NaN where not known; the nearest pixel's answer where images are resized."""
        masks = torch.from_numpy(np.ascontiguousarray(self.masks[part])).to(self.device).float()
        if tuple(masks.shape[2:]) != size:
            masks = F.interpolate(masks, size=size, mode="nearest-exact")
        return torch.where(masks == UNKNOWN, torch.nan, masks)

    def draw(self, part: Indices, generator: torch.Generator) -> Drawn:
        """See `Rows`; image and mask are altered alike."""
        batch = self.reader.batch(part, self.device)
        masks = self.truth(part, tuple(batch.shape[2:]))
        batch, masks = self.patcher.cut(batch, masks, generator)
        carried = torch.where(torch.isnan(masks), float(UNKNOWN), masks)
        batch, carried = augment_with_masks(batch, carried, self.recipe.augmentation, generator=generator)
        masks = torch.where(carried == UNKNOWN, torch.nan, carried)
        return batch, masks, self.weights[part]

    def plain(self, part: Indices) -> Drawn:
        """See `Rows`."""
        batch = self.reader.batch(part, self.device)
        return batch, self.truth(part, tuple(batch.shape[2:])), self.weights[part]

    @torch.no_grad()
    def judge(self, model: nn.Module, objective: Any, *, bf16: bool) -> tuple[float, torch.Tensor]:
        """Loss on whole images, and N x F Dice: logits of all pixels at once would not fit."""
        total, count, tables = 0.0, 0.0, []
        for start in range(0, len(self), _JUDGED_AT_ONCE):
            rows = np.arange(start, min(start + _JUDGED_AT_ONCE, len(self)))
            batch, masks, weights = self.plain(rows)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=bf16):
                logits = windowed(model, batch, self.recipe.targets.patch).float()
            weight = float(weights.sum())
            total += weight * float(objective.loss(logits, masks, weights, training=False, share=1.0))
            count += weight
            tables.append(hard_dice(logits, masks))
        return total / max(count, 1e-8), torch.cat(tables)
