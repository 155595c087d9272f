"""From the readers' scale to the one that a family of published weights was trained on.

Readers give the same scale to every network ((v - 0.5) / 0.25 of values 0 to 1), so that augmentation means the same;
what a network's weights want beside that is part of the network, and leaves with it when it is exported.
"""

import torch
from torch import nn

from learning.recipe_parts import InputPart

CENTRE, SPREAD = 0.5, 0.25
"""What readers subtract from brightness 0 to 1, and divide by."""
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of red, green and blue in 0 to 1, as torchvision's weights document them."""
GREY_MEAN, GREY_STD = (0.449,), (0.226,)
"""Their means, for a first layer that was summed to one channel."""
XRV_RANGE = 1024.0
"""TorchXRayVision: black is -1024 and white 1024 (Cohen et al. 2022)."""


class Scaling(nn.Module):
    """x times `factor` plus `offset` per channel; no weights, nothing in the state dict."""

    def __init__(self, factor: torch.Tensor, offset: torch.Tensor) -> None:
        super().__init__()
        self.factor: torch.Tensor
        self.offset: torch.Tensor
        self.register_buffer("factor", factor, persistent=False)
        self.register_buffer("offset", offset, persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """B x C x H x W, or B x V x C x H x W."""
        return x * self.factor + self.offset


class ZScore(nn.Module):
    """Mean 0 and standard deviation 1 over what is not background (the darkest value), for each case by itself.

    As MedicalNet prepared its volumes (Chen, Ma and Zheng 2019).
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """B x … in the readers' scale."""
        axes = tuple(range(1, x.ndim))
        body = (x > -CENTRE / SPREAD + 1e-4).to(x)  # not-a-number is not
        count = body.sum(dim=axes, keepdim=True).clamp_min(2)
        known = x.nan_to_num()
        mean = (known * body).sum(dim=axes, keepdim=True) / count
        variance = ((known - mean) ** 2 * body).sum(dim=axes, keepdim=True) / count
        return (x - mean) / variance.clamp_min(1e-6).sqrt()


def input_scaling(input: InputPart) -> nn.Module:
    """The recipe's scaling; the identity where the network was not trained elsewhere."""
    if input.normalise == "xrv":
        return Scaling(torch.tensor(2 * XRV_RANGE * SPREAD), torch.tensor(XRV_RANGE * (2 * CENTRE - 1)))
    if input.normalise == "symmetric":
        return Scaling(torch.tensor(2 * SPREAD), torch.tensor(2 * CENTRE - 1))
    if input.normalise == "zscore":
        return ZScore()
    if input.normalise == "imagenet":
        grey = input.network_channels == 1
        mean, std = (
            torch.tensor(v).reshape(-1, 1, 1)
            for v in ((GREY_MEAN, GREY_STD) if grey else (IMAGENET_MEAN, IMAGENET_STD))
        )
        return Scaling(SPREAD / std, (CENTRE - mean) / std)
    return nn.Identity()
