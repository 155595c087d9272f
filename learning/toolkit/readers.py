"""Stored images or volumes to network input, in batches."""

from typing import Any, Protocol

import torch

from learning.recipe_parts import InputPart
from learning.toolkit.data import Indices
from learning.toolkit.images import ImageReader


class Reader(Protocol):
    """Reads batches of a stored array as the network wants them."""

    def __len__(self) -> int: ...

    def batch(self, rows: Indices, device: torch.device | str = "cpu") -> torch.Tensor:
        """The given rows: B x C x H x W, or with more axes for volumes and sets of views; float32, about -2 to 2."""


def make_reader(images: Any, spec: InputPart) -> Reader:
    """The reader for a stored array. Raises DataError when its shape does not suit the recipe."""
    return ImageReader(images, spec)
