"""Residual networks (He et al. 2016) for images, as MONAI builds them."""

import torch
from torch import nn

from learning.recipe_parts import InputPart
from learning.toolkit.nets.backbone import Backbone, Stage


def resnet18(input: InputPart) -> Backbone:
    """11 million parameters, 2-D."""
    from monai.networks.nets.resnet import resnet18 as build  # five seconds and 400 MB, only for those who need it

    # MONAI's default first stride of 1 costs 3.7 times as much
    net = build(spatial_dims=2, n_input_channels=input.network_channels, conv1_t_stride=2, feed_forward=False)
    return Backbone(net, 512, residual_stages(net), residual_maps, mean_of_maps)


def resnet50(input: InputPart) -> Backbone:
    """24 million parameters, 2-D."""
    from monai.networks.nets.resnet import resnet50 as build  # five seconds and 400 MB, only for those who need it

    net = build(
        spatial_dims=2, n_input_channels=input.network_channels, conv1_t_stride=2, feed_forward=False,
        bias_downsample=False,
    )
    return Backbone(net, 2048, residual_stages(net), residual_maps, mean_of_maps)


def residual_stages(net: nn.Module) -> tuple[Stage, ...]:
    """The stem and the four layers."""
    stem, layers = (net.conv1, net.bn1), ((f"layer{n}", (getattr(net, f"layer{n}"),)) for n in range(1, 5))
    return (("stem", stem), *layers)  # type: ignore[arg-type]  # attributes of an untyped module


def residual_maps(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """What the last layer gives, before the mean over the image."""
    x = net.act(net.bn1(net.conv1(x)))  # type: ignore[operator]  # attributes of an untyped module
    x = net.maxpool(x)  # type: ignore[operator]
    for number in range(1, 5):
        x = getattr(net, f"layer{number}")(x)
    return x


def mean_of_maps(module: nn.Module, maps: torch.Tensor) -> torch.Tensor:
    """B x C x … to B x C."""
    return maps.flatten(2).mean(dim=2)
