"""Hand-crafted features in the place of a network, so that they train, predict and are judged as one does."""

import numpy as np
import torch
from torch import nn

from learning.recipe_parts import InputPart
from learning.toolkit.handcrafted import FEATURES, Image, Vector
from learning.toolkit.nets.backbone import Backbone


class HandCrafted(nn.Module):
    """Computes features of each grey plane; of several planes (colours, windows, neighbouring slices) their mean."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """B x C x H x W on the readers' scale to B x width."""
        planes = np.ascontiguousarray(x.detach().float().cpu().numpy())
        found = np.stack([self._features(case) for case in planes])
        return torch.from_numpy(found.astype(np.float32)).to(x.device)

    def _features(self, case: Image) -> Vector:
        first = FEATURES[self.name](case[0])
        if all(np.array_equal(plane, case[0]) for plane in case[1:]):  # a grey image repeated
            return first
        return np.asarray(np.mean([first, *(FEATURES[self.name](plane) for plane in case[1:])], axis=0))


def _backbone(name: str, input: InputPart) -> Backbone:
    width = len(FEATURES[name](np.zeros((input.size, input.size), np.float32)))
    return Backbone(HandCrafted(name), width, (), learned=False)


def histogram(input: InputPart) -> Backbone:
    """See `learning.toolkit.handcrafted.histogram`."""
    return _backbone("histogram", input)


def hog(input: InputPart) -> Backbone:
    """See `learning.toolkit.handcrafted.oriented_gradients`."""
    return _backbone("hog", input)


def lbp(input: InputPart) -> Backbone:
    """See `learning.toolkit.handcrafted.local_patterns`."""
    return _backbone("lbp", input)


def radiomics(input: InputPart) -> Backbone:
    """See `learning.toolkit.handcrafted.radiomics`."""
    return _backbone("radiomics", input)
