"""Where pixels go."""

import torch
import torch.nn.functional as F

from learning.toolkit.augment.draws import Draws


def flipped(planes: torch.Tensor, draws: Draws, grid: torch.Tensor | None, *, nearest: bool) -> torch.Tensor:
    """Mirrored exactly, pixel for pixel, where the draws say so; B x P x H x W."""
    for name, axis in (("lateral_flip", -1), ("vertical_flip", -2)):
        mirrors = draws.mirrors(name)  # type: ignore[arg-type]
        planes = torch.where(mirrors[:, None, None, None], planes.flip(axis), planes)
    return planes


def moved(planes: torch.Tensor, draws: Draws, grid: torch.Tensor | None, *, nearest: bool) -> torch.Tensor:
    """Taken from the places of the grid; the edge is repeated beyond itself. Masks take the nearest pixel."""
    assert grid is not None
    mode = "nearest" if nearest else "bilinear"
    taken = planes if planes.is_floating_point() else planes.float()
    return F.grid_sample(taken, grid, mode=mode, padding_mode="border", align_corners=False)
