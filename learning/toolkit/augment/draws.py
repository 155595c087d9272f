"""The random numbers of one batch, and the places in the image that they lead to."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F

from learning.recipe_parts.alterations import Alteration, Plan

_WARP_KNOTS = 5
_LATER: tuple[Alteration, ...] = ("stretch", "shear", "crop", "vertical_flip", "brightness", "contrast", "blur")


class Draws:
    """One number between 0 and 1 per case and kind of alteration; kinds that a plan lacks cost nothing.

    The first six rows are always drawn, so that leaving an alteration out does not change the others.
    """

    def __init__(self, n: int, plan: Plan, generator: torch.Generator, device: torch.device) -> None:
        self.n, self.plan, self.generator, self.device = n, plan, generator, device
        first = torch.rand(6, n, generator=generator)
        rows = dict(zip(("scale", "rotation", "shift_x", "shift_y", "lateral_flip", "gamma"), first, strict=True))
        later = [name for name in _LATER if name in plan.ranges]
        rows |= dict(zip(later, torch.rand(len(later), n, generator=generator), strict=True))
        if "crop" in plan.ranges:
            rows |= dict(zip(("crop_x", "crop_y"), torch.rand(2, n, generator=generator), strict=True))
        self._rows: dict[str, torch.Tensor] = {name: row.to(device) for name, row in rows.items()}
        self._chosen = self._choice() if plan.one_each else None
        self._warp = self.normal((n, 2, _WARP_KNOTS, _WARP_KNOTS)) if "elastic" in plan.ranges else None

    def unit(self, name: str) -> torch.Tensor:
        """B numbers between 0 and 1."""
        return self._rows[name]

    def signed(self, name: Alteration) -> torch.Tensor:
        """B numbers between minus and plus the plan's range; 0 where this alteration has not been chosen."""
        return torch.as_tensor(self.size(name), device=self.device) * (2 * self._rows[name] - 1)

    def size(self, name: Alteration) -> torch.Tensor | float:
        """The plan's range, or B of them with 0 where another alteration has been chosen; 0 for one not in the plan."""
        size, on = self.plan.ranges.get(name, 0.0), self.is_on(name)
        return size * on if isinstance(on, torch.Tensor) else size

    def is_on(self, name: Alteration) -> torch.Tensor | float:
        """1, or B of them with 0 where another alteration has been chosen."""
        if self._chosen is None:
            return 1.0
        chosen: torch.Tensor = self._chosen
        return (chosen == list(self.plan.ranges).index(name)).float() if name in self.plan.ranges else 0.0

    def mirrors(self, name: Alteration) -> torch.Tensor:
        """B booleans."""
        if name not in self.plan.ranges:
            return torch.zeros(self.n, dtype=torch.bool, device=self.device)
        if self._chosen is not None:  # chosen with one chance in many already
            return torch.as_tensor(self.is_on(name), device=self.device).bool()
        mirrors: torch.Tensor = self._rows[name] < self.plan.ranges[name]
        return mirrors

    def normal(self, shape: Sequence[int]) -> torch.Tensor:
        """Standard normal numbers."""
        return torch.randn(tuple(shape), generator=self.generator).to(self.device)

    def uniform(self, shape: Sequence[int]) -> torch.Tensor:
        """Numbers between 0 and 1."""
        return torch.rand(tuple(shape), generator=self.generator).to(self.device)

    def grid(self, size: torch.Size) -> torch.Tensor:
        """B x H x W x 2: where in the image each pixel of the altered one comes from, -1 to 1."""
        grid = F.affine_grid(self._theta(size), [self.n, 1, *size], align_corners=False)
        if self._warp is None:
            return grid
        field = F.interpolate(self._warp, tuple(size), mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
        reach = torch.as_tensor(self.size("elastic"), device=self.device).reshape(-1, 1, 1, 1)
        return grid + 2 * reach * field

    def _theta(self, size: torch.Size) -> torch.Tensor:
        scale, shift = self._scale_and_shift()
        angle = math.radians(self.plan.ranges.get("rotation", 0.0)) * (2 * self._rows["rotation"] - 1)
        angle = angle * self.is_on("rotation")
        mirror = torch.where(self.mirrors("lateral_flip"), -1.0, 1.0)
        cosine, sine = torch.cos(angle) / scale, torch.sin(angle) / scale
        aspect = size[0] / size[1]
        rows = [
            torch.stack([cosine * mirror, -sine * aspect, shift[0]], dim=1),
            torch.stack([sine / aspect * mirror, cosine, shift[1]], dim=1),
        ]
        theta = torch.stack(rows, dim=1)
        if not {"stretch", "shear", "crop", "vertical_flip"} & self.plan.ranges.keys():
            return theta
        return torch.bmm(theta, self._skewed(aspect))

    def _scale_and_shift(self) -> tuple[torch.Tensor, torch.Tensor]:
        both = torch.stack([self._rows["shift_x"], self._rows["shift_y"]])
        if not self.plan.contains:
            return 1 + self.signed("scale"), 2 * self.size("shift") * (2 * both - 1)
        # Shown smaller, never larger, and moved by no more than that leaves free.
        scale = 1 - 2 * self.size("scale") * self._rows["scale"]
        room = (1 / scale - 1) / math.sqrt(2)
        reach = torch.minimum(room, torch.as_tensor(2 * self.size("shift"), device=self.device).expand_as(room))
        return scale, reach * (2 * both - 1)

    def _skewed(self, aspect: float) -> torch.Tensor:
        """B x 3 x 3: stretch, shear, crop and a flip upside down, applied to the altered image's places first."""
        one, none = torch.ones(self.n, device=self.device), torch.zeros(self.n, device=self.device)

        def part(name: Alteration) -> torch.Tensor:
            return self.signed(name) if name in self.plan.ranges else none

        stretch = (1 + part("stretch").abs()) ** (0.5 * torch.sign(part("stretch")))
        slope = torch.tan(math.pi / 180 * part("shear")) * aspect
        down = torch.where(self.mirrors("vertical_flip"), -1.0, 1.0)
        kept = one - (self.size("crop") * self._rows["crop"] if "crop" in self.plan.ranges else 0.0)
        free = 1 - kept
        x = free * (2 * self._rows["crop_x"] - 1) if "crop" in self.plan.ranges else none
        y = free * (2 * self._rows["crop_y"] - 1) if "crop" in self.plan.ranges else none
        rows = [
            torch.stack([kept / stretch, slope * kept * down, x], dim=1),
            torch.stack([none, kept * stretch * down, y], dim=1),
            torch.stack([none, none, one], dim=1),
        ]
        return torch.stack(rows, dim=1)

    def _choice(self) -> torch.Tensor:
        """B indices into the plan's alterations; one more means: as it is."""
        return torch.randint(len(self.plan.ranges) + 1, (self.n,), generator=self.generator).to(self.device)
