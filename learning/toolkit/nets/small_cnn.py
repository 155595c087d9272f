"""A small network for small images and few cases."""

import torch
import torch.nn.functional as F
from torch import nn

from learning.recipe_parts import InputPart
from learning.toolkit.nets.backbone import Backbone


class _Surroundings(nn.Module):
    """Adds what a dilated separable convolution sees around each place to what is seen there."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=2, dilation=2, groups=width, bias=False),
            nn.Conv2d(width, width, 1, bias=False),
            nn.GroupNorm(8, width),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.layers(x))


class SmallCNN(nn.Module):
    """Convolutions of 16, 32 and 64 maps and a dilated separable one, then mean and maximum of each map.

    The first stride and the dilation let a unit see two thirds of a 96 px image, as a heart's width needs; the
    maximum keeps a small lesion visible that the mean would dilute; group normalisation bears small batches.
    About 28 thousand parameters; the maps have an eighth of the input's side.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, 16, 5, stride=2, padding=2, bias=False),
            nn.MaxPool2d(2),  # before the norm: a quarter of its work
            nn.GroupNorm(8, 16),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1, bias=False),
            nn.MaxPool2d(2),
            nn.GroupNorm(8, 32),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, padding=1, bias=False),
            nn.GroupNorm(8, 64),
            nn.ReLU(),
            _Surroundings(64),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return _pool(self, self.layers(x))


def _maps(module: nn.Module, x: torch.Tensor) -> torch.Tensor:
    assert isinstance(module, SmallCNN)
    return torch.as_tensor(module.layers(x))


def _pool(module: nn.Module, maps: torch.Tensor) -> torch.Tensor:
    return torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))], dim=1)


def small_cnn(input: InputPart) -> Backbone:
    """28 thousand parameters; see `SmallCNN`."""
    net = SmallCNN(input.network_channels)
    layers = list(net.layers)
    cuts = {"conv1": layers[:4], "conv2": layers[4:8], "conv3": layers[8:11], "surroundings": layers[11:]}
    return Backbone(net, 128, tuple((name, tuple(part)) for name, part in cuts.items()), _maps, _pool)
