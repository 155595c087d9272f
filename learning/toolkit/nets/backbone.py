"""What every backbone tells of itself."""

from dataclasses import dataclass

from torch import nn

Stage = tuple[str, tuple[nn.Module, ...]]


@dataclass(frozen=True, slots=True)
class Backbone:
    """Layers that turn a batch into an embedding.

    module  B x C x H x W (or with more axes, for volumes and sets of views) to B x width.
    width   length of the embedding.
    stages  the module's blocks by name, from the input upwards; together they hold all its weights. Tuning freezes
            and frees whole stages.
    """

    module: nn.Module
    width: int
    stages: tuple[Stage, ...]
