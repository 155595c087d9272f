"""Residual networks for volumes as MONAI builds them, in the layout of MedicalNet (Chen, Ma and Zheng 2019)."""

from typing import Any

import torch
from torch import nn

from learning.recipe_parts import InputPart
from learning.toolkit.nets.backbone import Backbone
from learning.toolkit.nets.resnet import residual_maps, residual_stages
from learning.toolkit.nets.small_cnn3d import depth_moment

_WIDTHS = {10: 512, 18: 512, 34: 512, 50: 2048}
_SHORTCUT_A = (18, 34)
"""Depths whose published weights have shortcuts without a convolution."""


class ResNet3D(nn.Module):
    """The layers under MedicalNet's names; embeds the mean of each map and its place along the depth."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        for name in ("conv1", "bn1", "act", "maxpool", "layer1", "layer2", "layer3", "layer4"):
            self.add_module(name, getattr(net, name))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """B x C x D x H x W to B x twice the width of the last layer."""
        return _pool(self, residual_maps(self, x))


def _pool(module: nn.Module, maps: torch.Tensor) -> torch.Tensor:
    return torch.cat([maps.mean(dim=(2, 3, 4)), depth_moment(maps)], dim=1)


def _build(depth: int, input: InputPart) -> Backbone:
    from monai.networks.nets import resnet as monai_resnet  # five seconds and 400 MB, only for those who need it

    shortcut = depth in _SHORTCUT_A
    build: Any = getattr(monai_resnet, f"resnet{depth}")
    net = ResNet3D(build(
        spatial_dims=3, n_input_channels=input.network_channels, conv1_t_stride=2, feed_forward=False,
        shortcut_type="A" if shortcut else "B", bias_downsample=shortcut,
    ))
    return Backbone(net, 2 * _WIDTHS[depth], residual_stages(net), residual_maps, _pool)


def resnet10_3d(input: InputPart) -> Backbone:
    """14 million parameters."""
    return _build(10, input)


def resnet18_3d(input: InputPart) -> Backbone:
    """33 million parameters."""
    return _build(18, input)


def resnet34_3d(input: InputPart) -> Backbone:
    """63 million parameters."""
    return _build(34, input)


def resnet50_3d(input: InputPart) -> Backbone:
    """46 million parameters."""
    return _build(50, input)
