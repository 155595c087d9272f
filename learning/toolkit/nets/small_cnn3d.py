"""A small network for small volumes and few cases."""

import torch
from torch import nn

from learning.recipe_parts import InputPart
from learning.toolkit.nets.backbone import Backbone


def depth_moment(maps: torch.Tensor) -> torch.Tensor:
    """B x C: each map's mean, counted -1 at the first slice to 1 at the last: where along the depth a feature lies.

    A mean alone forgets it. The layers below keep their published shapes, so that published weights still fit.
    """
    profile = maps.mean(dim=(3, 4))
    place = torch.linspace(-1, 1, profile.shape[2], device=maps.device, dtype=maps.dtype)
    return (profile * place).mean(dim=2)


class SmallCNN3D(nn.Module):
    """Convolutions of 16, 32 and 48 maps, then mean, maximum and place along the depth of each map.

    The first stride is taken in the plane only: slices are few. Group normalisation bears the small batches that
    volumes allow. About 57 thousand parameters.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv3d(channels, 16, (3, 5, 5), stride=(1, 2, 2), padding=(1, 2, 2), bias=False),
            nn.MaxPool3d((1, 2, 2)),
            nn.GroupNorm(8, 16),
            nn.ReLU(),
            nn.Conv3d(16, 32, 3, padding=1, bias=False),
            nn.MaxPool3d(2),
            nn.GroupNorm(8, 32),
            nn.ReLU(),
            nn.Conv3d(32, 48, 3, padding=1, bias=False),
            nn.GroupNorm(8, 48),
            nn.ReLU(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """B x C x D x H x W to B x 144."""
        return _pool(self, self.layers(x))


def _maps(module: nn.Module, x: torch.Tensor) -> torch.Tensor:
    assert isinstance(module, SmallCNN3D)
    return torch.as_tensor(module.layers(x))


def _pool(module: nn.Module, maps: torch.Tensor) -> torch.Tensor:
    return torch.cat([maps.mean(dim=(2, 3, 4)), maps.amax(dim=(2, 3, 4)), depth_moment(maps)], dim=1)


def small_cnn3d(input: InputPart) -> Backbone:
    """57 thousand parameters; see `SmallCNN3D`."""
    net = SmallCNN3D(input.network_channels)
    layers = list(net.layers)
    cuts = {"conv1": layers[:4], "conv2": layers[4:8], "conv3": layers[8:]}
    return Backbone(net, 144, tuple((name, tuple(part)) for name, part in cuts.items()), _maps, _pool)
