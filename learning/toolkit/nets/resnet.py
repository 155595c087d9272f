"""Residual networks (He et al. 2016), as MONAI builds them."""

from learning.recipe_parts import InputPart
from learning.toolkit.nets.backbone import Backbone


def resnet18(input: InputPart) -> Backbone:
    """11 million parameters, 2-D."""
    from monai.networks.nets.resnet import resnet18 as build  # five seconds and 400 MB, only for those who need it

    # MONAI's default first stride of 1 costs 3.7 times as much
    net = build(spatial_dims=2, n_input_channels=input.channels, conv1_t_stride=2, feed_forward=False)
    stages = (
        ("stem", (net.conv1, net.bn1)),
        ("layer1", (net.layer1,)),
        ("layer2", (net.layer2,)),
        ("layer3", (net.layer3,)),
        ("layer4", (net.layer4,)),
    )
    return Backbone(net, 512, stages)
