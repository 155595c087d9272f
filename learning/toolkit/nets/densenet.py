"""Densely connected networks (Huang et al. 2017), as MONAI builds them."""

import torch
import torch.nn.functional as F
from torch import nn

from learning.recipe_parts import InputPart
from learning.toolkit.nets.backbone import Backbone, Stage


class _DenseFeatures(nn.Module):
    """The feature maps of a DenseNet, averaged over the image."""

    def __init__(self, maps: nn.Module) -> None:
        super().__init__()
        self.maps = maps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return _pool(self, _maps(self, x))


def _maps(module: nn.Module, x: torch.Tensor) -> torch.Tensor:
    assert isinstance(module, _DenseFeatures)
    return F.relu(module.maps(x))


def _pool(module: nn.Module, maps: torch.Tensor) -> torch.Tensor:
    return maps.mean(dim=(2, 3))


def densenet121(input: InputPart) -> Backbone:
    """7 million parameters, 2-D."""
    from monai.networks.nets.densenet import DenseNet121  # five seconds and 400 MB, only for those who need it

    net = DenseNet121(spatial_dims=2, in_channels=input.network_channels, out_channels=1)
    return Backbone(_DenseFeatures(net.features), 1024, _stages(net.features), _maps, _pool)


def _stages(maps: nn.Sequential) -> tuple[Stage, ...]:
    """The stem, and each dense block with the transition before it."""
    stages: list[tuple[str, list[nn.Module]]] = [("stem", [])]
    for name, layer in maps.named_children():
        if name.startswith(("denseblock", "transition")) and (name.startswith("transition") or name == "denseblock1"):
            stages.append((f"block{len(stages)}", []))
        stages[-1][1].append(layer)
    return tuple((name, tuple(layers)) for name, layers in stages)
