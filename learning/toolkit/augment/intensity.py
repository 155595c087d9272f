"""How bright pixels become, on the range that network input has."""

import math

import torch
import torch.nn.functional as F

from learning.recipe_parts.alterations import GEOMETRIC, Plan
from learning.toolkit.augment.draws import Draws

BRIGHTNESS_RANGE = 4.0
"""Network input runs from -2 to 2."""


def exposed(planes: torch.Tensor, plan: Plan, draws: Draws, *, share_noise: bool) -> torch.Tensor:
    """Contrast, brightness and gamma, then blur, then noise; B x P x H x W.

    share_noise  the planes are channels of one image, which has one noise, not slices or views.
    """
    if all(name in GEOMETRIC for name in plan.ranges):
        return planes
    unit = _toned(planes / BRIGHTNESS_RANGE + 0.5, plan, draws)
    if "blur" in plan.ranges:
        unit = _blurred(unit, draws.size("blur") * draws.unit("blur"))
    if "noise" in plan.ranges:
        shape = (len(planes), 1 if share_noise else planes.shape[1], *planes.shape[2:])
        noise = draws.normal(shape)
        unit = unit + noise * (draws.uniform((len(planes), 1, 1, 1)) * _column(draws.size("noise"), planes))
    return (unit - 0.5) * BRIGHTNESS_RANGE


def _toned(unit: torch.Tensor, plan: Plan, draws: Draws) -> torch.Tensor:
    if "contrast" in plan.ranges:
        middle = unit.mean(dim=(1, 2, 3), keepdim=True)
        unit = middle + (unit - middle) * (1 + _column(draws.signed("contrast"), unit))
    if "brightness" in plan.ranges:
        unit = unit + _column(draws.signed("brightness"), unit)
    if "gamma" not in plan.ranges:
        return unit
    largest = plan.ranges["gamma"]
    low, high = math.log(1 / largest), math.log(largest)
    exponent = torch.exp((low + (high - low) * draws.unit("gamma")) * draws.is_on("gamma"))
    return unit.clamp(0, 1).pow(_column(exponent, unit))


def _column(values: torch.Tensor | float, like: torch.Tensor) -> torch.Tensor:
    return torch.as_tensor(values, dtype=like.dtype, device=like.device).reshape(-1, 1, 1, 1)


def _blurred(unit: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """Gaussian of each case's own width, along rows and then columns."""
    reach = max(1, math.ceil(3 * float(sigma.max())))
    places = torch.arange(-reach, reach + 1, device=unit.device, dtype=unit.dtype)
    weights = torch.exp(-0.5 * (places / sigma.clamp_min(1e-3)[:, None]) ** 2)
    weights = (weights / weights.sum(1, keepdim=True)).repeat_interleave(unit.shape[1], 0)
    flat = unit.reshape(1, -1, *unit.shape[2:])
    for shape in ((-1, 1, 1, len(places)), (-1, 1, len(places), 1)):
        pad = (reach, reach, 0, 0) if shape[2] == 1 else (0, 0, reach, reach)
        flat = F.conv2d(F.pad(flat, pad, mode="replicate"), weights.reshape(shape), groups=flat.shape[1])
    return flat.reshape(unit.shape)
