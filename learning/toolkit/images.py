"""Stored images to network input, in batches."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from learning.recipe_parts import InputPart
from learning.toolkit.data import DataError

_CENTRE, _SPREAD = 0.5, 0.25
_CHUNK = 64


class ImageReader:
    """Reads batches of a stored array as the network wants them.

    Brightness bounds are computed once per image; a batch is B x C x size x size float32, about -2 to 2,
    in channels-last memory order. Images of another size are resized with anti-aliasing.
    """

    def __init__(self, images: Any, spec: InputPart) -> None:
        if len(images.shape) not in (3, 4) or (len(images.shape) == 4 and images.shape[1] not in (1, spec.channels)):
            raise DataError(
                f"Images have shape {tuple(images.shape)}; N x H x W or N x {spec.channels} x H x W is needed."
            )
        self._images = images
        self._spec = spec
        self._low, self._high = self._bounds()

    def __len__(self) -> int:
        return int(self._images.shape[0])

    def batch(self, rows: npt.NDArray[np.int64], device: torch.device | str = "cpu") -> torch.Tensor:
        """B x C x size x size float32 of the given rows."""
        block = np.ascontiguousarray(self._images[rows], dtype=np.float32)
        low, high = self._low[rows], self._high[rows]
        shape = (-1,) + (1,) * (block.ndim - 1)
        block -= low.reshape(shape)
        block /= (high - low).reshape(shape)
        batch = torch.from_numpy(block).to(device)
        if batch.ndim == 3:
            batch = batch[:, None]
        size = self._spec.size
        if batch.shape[-2:] != (size, size):
            batch = F.interpolate(batch, (size, size), mode="bilinear", antialias=True, align_corners=False)
        if self._spec.normalise == "percentile":
            batch = batch.clamp_(0, 1)
        batch = ((batch - _CENTRE) / _SPREAD).expand(-1, self._spec.channels, -1, -1)
        return batch.contiguous(memory_format=torch.channels_last)

    def _bounds(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Per image the stored values that become 0 and 1. Raises DataError for values that are not numbers."""
        n = len(self)
        low, high = np.zeros(n, np.float32), np.empty(n, np.float32)
        kind = np.dtype(self._images.dtype)
        is_integer = np.issubdtype(kind, np.integer)
        high[:] = np.iinfo(kind).max if is_integer else 1.0
        if self._spec.normalise == "none" and is_integer:
            return low, high
        for start in range(0, n, _CHUNK):
            block = np.asarray(self._images[start : start + _CHUNK], dtype=np.float32)
            flat = block.reshape(len(block), -1)
            first, last = int(0.01 * (flat.shape[1] - 1)), int(0.99 * (flat.shape[1] - 1))
            ordered = np.partition(flat, (first, last), axis=1)
            # not-a-number and infinity are sorted to the ends
            ends = ordered[:, : first + 1].min(axis=1) + ordered[:, last:].max(axis=1)
            if not np.isfinite(ends).all():
                row = start + int(np.flatnonzero(~np.isfinite(ends))[0])
                raise DataError(f"Image {row} holds values that are not numbers; leave it out.")
            if self._spec.normalise == "percentile":
                low[start : start + len(flat)], high[start : start + len(flat)] = ordered[:, first], ordered[:, last]
        return low, np.maximum(high, low + 1e-6)
