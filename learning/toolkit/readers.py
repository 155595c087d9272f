"""Stored images or volumes to network input, in batches."""

import math
from typing import Any, Protocol

import torch

from learning.recipe_parts import InputPart
from learning.toolkit.data import Indices
from learning.toolkit.images import ImageReader
from learning.toolkit.volumes import VolumeList

_PIXELS_AT_ONCE = 2**23


class Reader(Protocol):
    """Reads batches of a stored array as the network wants them."""

    def __len__(self) -> int: ...

    def batch(self, rows: Indices, device: torch.device | str = "cpu") -> torch.Tensor:
        """The given rows: B x C x H x W, or with more axes for volumes and sets of views; float32, about -2 to 2."""


def make_reader(images: Any, spec: InputPart) -> Reader:
    """The reader for a stored array, or for a list of volumes of any size where the recipe reads volumes.

    Raises DataError when its shape does not suit the recipe.
    """
    if getattr(images, "covariates", None) is not None:
        from learning.toolkit.pairs import PairReader

        return PairReader(images, spec)
    if isinstance(images, list | tuple) and spec.is_volume:
        images = VolumeList(images, spec)
    return ImageReader(images, spec)


def input_shape(spec: InputPart) -> tuple[int, ...]:
    """Shape of one network input, without the batch: C x H x W, V x C x H x W of views, C x D x H x W in 3-D."""
    plane = (spec.size, spec.size)
    if spec.is_bag:
        return (spec.planes, spec.grey_channels, *plane)
    if spec.volume == "3d":
        return (spec.grey_channels, spec.planes, *plane)
    return (spec.network_channels, *plane)


def cases_at_once(spec: InputPart, most: int) -> int:
    """How many cases to compute together without gradients: `most` images, fewer volumes, so that memory is bounded."""
    if not spec.is_volume:
        return most
    return max(1, min(most, _PIXELS_AT_ONCE // math.prod(input_shape(spec))))
