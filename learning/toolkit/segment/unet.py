"""The expanding path of a U-Net (Ronneberger et al. 2015) on the stages of any backbone, in two or three dimensions.

The contracting path is a backbone as classification uses it, weights by weights, so that what was learned by naming a
finding serves to outline one, and the other way round.
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from learning.toolkit.nets.backbone import Backbone

_WIDEST = 128
_GROUPS = 8


class StageMaps:
    """Runs a backbone and keeps what its stages give.

    Called with the backbone and a batch: one map per resolution, the last of each, finest first; and the embedding.
    """

    def __init__(self, stages: Sequence[tuple[str, tuple[nn.Module, ...]]]) -> None:
        self.ends = tuple(modules[-1] for _, modules in stages)

    def __call__(self, module: nn.Module, x: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        found: dict[int, torch.Tensor] = {}

        def keeper(place: int) -> Any:
            def keep(end: nn.Module, args: Any, output: torch.Tensor) -> None:
                found[place] = output

            return keep

        handles = [end.register_forward_hook(keeper(place)) for place, end in enumerate(self.ends)]
        try:
            embedding: torch.Tensor = module(x)
        finally:
            for handle in handles:
                handle.remove()
        by_size: dict[tuple[int, ...], torch.Tensor] = {}
        for place in sorted(found):
            if found[place].ndim == x.ndim:  # a stage that combines views or embeddings has no map
                by_size[tuple(found[place].shape[2:])] = found[place]
        return list(by_size.values()), embedding


class Expanding(nn.Module):
    """Maps from coarse to fine, each joined with the contracting path's, then with the image itself at full size.

    channels  of the maps, finest first.
    """

    def __init__(self, axes: int, inputs: int, channels: Sequence[int]) -> None:
        super().__init__()
        widths = [min(_WIDEST, max(16, count // 2 // _GROUPS * _GROUPS)) for count in channels]
        self.width = 16
        self.detail = _block(axes, inputs, self.width)
        deepest, *rest = reversed(list(zip(channels, widths, strict=True)))
        self.bottom = _block(axes, deepest[0], deepest[1])
        before, blocks = deepest[1], []
        for count, width in rest:
            blocks.append(_block(axes, before + count, width))
            before = width
        self.blocks = nn.ModuleList(blocks)
        self.last = _block(axes, before + self.width, self.width)

    def forward(self, image: torch.Tensor, maps: Sequence[torch.Tensor]) -> torch.Tensor:
        """B x C x … and maps, finest first, to B x width x … at the image's size."""
        deepest, *rest = reversed(list(maps))
        x = self.bottom(deepest)
        for block, skip in zip(self.blocks, rest, strict=True):
            x = block(torch.cat([_to(x, skip), skip], dim=1))
        return torch.as_tensor(self.last(torch.cat([_to(x, image), self.detail(image)], dim=1)))


def _to(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """To the other's size, whatever it is: odd sizes need no padding."""
    mode = "bilinear" if x.ndim == 4 else "trilinear"
    return F.interpolate(x, size=like.shape[2:], mode=mode, align_corners=False)


def _block(axes: int, before: int, after: int) -> nn.Module:
    convolution: Any = nn.Conv2d if axes == 2 else nn.Conv3d
    layers: list[nn.Module] = []
    for count in (before, after):
        layers += [convolution(count, after, 3, padding=1, bias=False), nn.GroupNorm(_GROUPS, after), nn.ReLU()]
    return nn.Sequential(*layers)


@torch.no_grad()
def expanding_path(backbone: Backbone, example: torch.Tensor) -> tuple[StageMaps, Expanding]:
    """What fits the backbone, found by sending an example (1 x C x …) through it.

    Raises ValueError when its stages give fewer than two resolutions.
    """
    maps = StageMaps(backbone.stages)
    was_training = backbone.module.training
    backbone.module.eval()
    found, _ = maps(backbone.module, example)
    backbone.module.train(was_training)
    if len(found) < 2:
        raise ValueError("a U-Net needs a network with at least two resolutions")
    return maps, Expanding(example.ndim - 2, example.shape[1], [one.shape[1] for one in found])
