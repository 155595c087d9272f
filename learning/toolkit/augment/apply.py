"""Alters a batch, and masks with it. Every number is drawn on the processor from one generator: equal on any device."""

import torch

from learning.recipe_parts import AugmentationPart
from learning.recipe_parts.alterations import FLIPS, GEOMETRIC, Plan, plan_of
from learning.toolkit.augment.draws import Draws
from learning.toolkit.augment.geometry import flipped, moved
from learning.toolkit.augment.intensity import exposed


def augment(batch: torch.Tensor, part: AugmentationPart, *, generator: torch.Generator) -> torch.Tensor:
    """The batch altered as `part` says, each case by draws of its own.

    batch   B x C x H x W, or B x … x H x W for volumes and sets of views: all planes of a case move together, in-plane,
            so that slices stay in order and on top of each other. Values about -2 to 2.
    """
    return _altered(batch, None, part, generator)[0]


def augment_with_masks(
    batch: torch.Tensor, masks: torch.Tensor, part: AugmentationPart, *, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """As `augment`, and B x … x H x W masks moved with their images; each mask pixel keeps a value that was there."""
    altered, carried = _altered(batch, masks, part, generator)
    assert carried is not None
    return altered, carried


def _altered(
    batch: torch.Tensor, masks: torch.Tensor | None, part: AugmentationPart, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor | None]:
    plan = plan_of(part)
    if not plan.ranges:
        return batch, masks
    draws = Draws(len(batch), plan, generator, batch.device)
    shape = batch.shape
    planes = batch.reshape(len(batch), -1, *shape[-2:])
    planes, carried = _moved(planes, masks, plan, draws)
    planes = exposed(planes, plan, draws, share_noise=batch.ndim == 4)
    altered = planes.reshape(shape)
    return (altered.contiguous(memory_format=torch.channels_last) if altered.ndim == 4 else altered), carried


def _moved(
    planes: torch.Tensor, masks: torch.Tensor | None, plan: Plan, draws: Draws
) -> tuple[torch.Tensor, torch.Tensor | None]:
    geometric = [name for name in plan.ranges if name in GEOMETRIC]
    if not geometric:
        return planes, masks
    move = flipped if all(name in FLIPS for name in geometric) else moved
    grid = None if move is flipped else draws.grid(planes.shape[-2:])
    carried = None
    if masks is not None:
        flat = masks.reshape(len(masks), -1, *masks.shape[-2:])
        carried = move(flat, draws, grid, nearest=True).reshape(masks.shape).to(masks.dtype)
    return move(planes, draws, grid, nearest=False), carried
