"""What every backbone tells of itself."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

Stage = tuple[str, tuple[nn.Module, ...]]
Through = Callable[[nn.Module, torch.Tensor], torch.Tensor]


@dataclass(frozen=True, slots=True)
class Backbone:
    """Layers that turn a batch into an embedding.

    module  B x C x H x W (or with more axes, for volumes and sets of views) to B x width.
    width   length of the embedding.
    stages  the module's blocks by name, from the input upwards; together they hold all its weights, except of what
            combines views, which is new and learns with the head. Tuning freezes and frees whole stages.
    maps    the module and a batch to the last feature maps, B x C x h x w (B x C x d x h x w of a volume,
            B x V x C x h x w of a set of views): where in the image the evidence lies. None: the backbone has none.
    learned  false: its features are computed, and there are no weights.
    pool    the module and such maps to the embedding; pool(module, maps(module, x)) is module(x).
    """

    module: nn.Module
    width: int
    stages: tuple[Stage, ...]
    maps: Through | None = None
    pool: Through | None = None
    learned: bool = True
