"""Dice and cross-entropy over the pixels that somebody assessed."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from learning.recipe import Recipe

_SMOOTH = 1.0
"""Pixels added to both halves of the Dice quotient, so that empty masks have a loss and a gradient."""


def dice_and_cross_entropy(
    logits: torch.Tensor, masks: torch.Tensor, weights: torch.Tensor, *, dice_weight: float = 0.5
) -> torch.Tensor:
    """Weighted mean over images and findings of w (1 - Dice) + (1 - w) cross-entropy; 0 when nothing is known.

    logits, masks  B x F x …; 1 there, 0 not there, NaN not known: such a pixel has no part in value or gradient.
    weights        B x F; an image without a known pixel counts nothing.

    Each image has its own Dice (Milletari et al. 2016, without squares), so that the loss of a batch is the mean of its
    images' however it is cut into parts.

    >>> masks = torch.tensor([[[[1.0, 0.0, torch.nan]]]])
    >>> round(dice_and_cross_entropy(masks.nan_to_num(0) * 40 - 20, masks, torch.ones(1, 1)).item(), 4)
    0.0
    """
    axes = tuple(range(2, logits.ndim))
    known = ~torch.isnan(masks)
    t = torch.where(known, masks, 0.0)
    logits = logits.float()
    count = known.sum(dim=axes)
    share = weights * (count > 0)
    entropy = (F.binary_cross_entropy_with_logits(logits, t, reduction="none") * known).sum(dim=axes)
    entropy = entropy / count.clamp_min(1)
    p = torch.sigmoid(logits) * known
    overlap = (2 * (p * t).sum(dim=axes) + _SMOOTH) / (p.sum(dim=axes) + t.sum(dim=axes) + _SMOOTH)
    loss = dice_weight * (1 - overlap) + (1 - dice_weight) * entropy
    return (loss * share).sum() / share.sum().clamp_min(1e-8)


@torch.no_grad()
def hard_dice(logits: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    """B x F Dice of pixels likelier than not, over known ones; 1 where both are empty, NaN where nothing is known."""
    axes = tuple(range(2, logits.ndim))
    known = ~torch.isnan(masks)
    guess, truth = (logits >= 0) & known, (masks == 1) & known
    both, either = (guess & truth).sum(dim=axes), guess.sum(dim=axes) + truth.sum(dim=axes)
    value = torch.where(either > 0, 2 * both / either.clamp_min(1), torch.ones_like(both, dtype=torch.float32))
    return torch.where(known.sum(dim=axes) > 0, value, torch.nan)


class MaskObjective:
    """Dice and cross-entropy; epochs are judged by the mean Dice."""

    figure = "Dice"

    def __init__(self, recipe: Recipe) -> None:
        self.dice_weight = recipe.targets.dice_weight

    def loss(
        self, logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, *, training: bool, share: float
    ) -> torch.Tensor:
        """See `Objective`; logits and targets are B x F x …."""
        return dice_and_cross_entropy(logits, targets, weights, dice_weight=self.dice_weight)

    def metrics(
        self, logits: torch.Tensor, targets: torch.Tensor, findings: Sequence[str]
    ) -> dict[str, float | None]:
        """Mean Dice over images; `logits` is N x F, each image's Dice as `MaskRows.judge` gives it."""
        means = torch.nanmean(logits.cpu().double(), dim=0).tolist()
        return {code: None if mean != mean else mean for code, mean in zip(findings, means, strict=True)}
