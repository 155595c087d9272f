"""Alterations that combine the images of a batch and their answers."""

import torch

from learning.recipe import Recipe

Mixed = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def mix(
    batch: torch.Tensor,
    targets: torch.Tensor,
    weights: torch.Tensor,
    recipe: Recipe,
    *,
    generator: torch.Generator,
) -> Mixed:
    """The batch with its targets and weights as the recipe mixes them; unchanged, and no number drawn, by default."""
    return batch, targets, weights
