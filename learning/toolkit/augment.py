"""Random, label-preserving alterations of a whole batch at once, on its device."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from learning.recipe_parts import AugmentationPart

_BRIGHTNESS_RANGE = 4.0  # network input runs from -2 to 2


@dataclass(frozen=True, slots=True)
class Limits:
    """Largest alteration of each kind."""

    scale: float = 0.1
    degrees: float = 10.0
    shift: float = 0.1
    gamma: tuple[float, float] = (0.8, 1.25)
    noise: float = 0.02


def augment(
    batch: torch.Tensor, part: AugmentationPart, *, generator: torch.Generator, limits: Limits = Limits()
) -> torch.Tensor:
    """Scale, rotate, shift, gamma and noise, drawn per image from `generator` alone; B x C x H x W in and out.

    Random numbers are drawn on the processor, so the same seed alters equally on any device.
    """
    if part.kind == "none" and not part.lateral_flip:
        return batch
    n = len(batch)
    draws = torch.rand(6, n, generator=generator).to(batch.device)
    strength = 1.0 if part.kind == "limited" else 0.0
    scale = 1 + strength * limits.scale * (2 * draws[0] - 1)
    angle = strength * math.radians(limits.degrees) * (2 * draws[1] - 1)
    shift = strength * 2 * limits.shift * (2 * draws[2:4] - 1)
    mirror = torch.where((draws[4] < 0.5) & part.lateral_flip, -1.0, 1.0)
    cosine, sine = torch.cos(angle) / scale, torch.sin(angle) / scale
    theta = torch.stack(
        [
            torch.stack([cosine * mirror, -sine, shift[0]], dim=1),
            torch.stack([sine * mirror, cosine, shift[1]], dim=1),
        ],
        dim=1,
    )
    grid = F.affine_grid(theta, list(batch.shape), align_corners=False)
    moved = F.grid_sample(batch, grid, padding_mode="border", align_corners=False)
    if part.kind == "limited":
        moved = _expose(moved, draws[5], limits, generator)
    return moved.contiguous(memory_format=torch.channels_last)


def _expose(batch: torch.Tensor, draw: torch.Tensor, limits: Limits, generator: torch.Generator) -> torch.Tensor:
    """Gamma on the 0 to 1 range, then Gaussian noise of a random strength."""
    low, high = (math.log(bound) for bound in limits.gamma)
    gamma = torch.exp(low + (high - low) * draw).reshape(-1, 1, 1, 1)
    unit = (batch / _BRIGHTNESS_RANGE + 0.5).clamp(0, 1).pow(gamma)
    noise = torch.randn(batch.shape[0], 1, *batch.shape[2:], generator=generator).to(batch.device)
    strength = torch.rand(len(batch), 1, 1, 1, generator=generator).to(batch.device) * limits.noise
    return (unit + noise * strength - 0.5) * _BRIGHTNESS_RANGE
