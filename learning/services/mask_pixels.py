"""Masks between an image's own pixels and the square that a network sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from annotation.geometry.measures import spacing_of
from annotation.services.masks import mask_of
from imaging.models import Instance
from imaging.pixels import place

UNKNOWN = 255
"""As in `learning.toolkit.segment.masks`, which is not imported where torch need not be."""

Bytes = npt.NDArray[np.uint8]


def said_of(answers: Sequence[dict[str, Any]], rows: int, columns: int) -> Bytes:
    """rows x columns of what readers say together: 1, 0, or UNKNOWN where none knows or two differ."""
    said = np.full((rows, columns), UNKNOWN, np.uint8)
    differs = np.zeros((rows, columns), bool)
    for answer in answers:
        own = np.full((rows, columns), 0 if answer["rest"] == "negative" else UNKNOWN, np.uint8)
        for blob in answer["blobs"]:
            own[mask_of(blob, rows, columns)] = 1
        known = own != UNKNOWN
        differs |= known & (said != UNKNOWN) & (said != own)
        said[known] = own[known]
    said[differs] = UNKNOWN
    return said


def to_square(said: Bytes, size: int) -> Bytes:
    """As `imaging.pixels.fit` lays the image out; a pixel takes what most of its area says, outside is UNKNOWN."""
    rows, columns = said.shape
    at = place(rows, columns, size)
    width, height = max(1, round(columns * at.scale)), max(1, round(rows * at.scale))
    shares = []
    for value in (1, UNKNOWN):
        picture = Image.fromarray((said == value).astype(np.float32))
        shares.append(np.asarray(picture.resize((width, height), Image.Resampling.BOX)))
    there, unknown = shares
    inside = np.where(unknown > 0.5, UNKNOWN, (there > 0.5 * (1 - unknown)).astype(np.uint8))
    square = np.full((size, size), UNKNOWN, np.uint8)
    top, left = round(at.top), round(at.left)
    square[top : top + height, left : left + width] = inside
    return square


def from_square(
    probabilities: npt.NDArray[np.float32], rows: int, columns: int
) -> npt.NDArray[np.float32]:
    """size x size of the network to the image's own rows x columns."""
    size = len(probabilities)
    at = place(rows, columns, size)
    width, height = max(1, round(columns * at.scale)), max(1, round(rows * at.scale))
    top, left = round(at.top), round(at.left)
    inside = np.ascontiguousarray(probabilities[top : top + height, left : left + width])
    picture = Image.fromarray(inside).resize((columns, rows), Image.Resampling.BILINEAR)
    return np.asarray(picture, np.float32)


def square_spacing(instance: Instance, size: int) -> tuple[float, float]:
    """Millimetres between rows and between columns of the square; 1 pixel is 1 where the file names none."""
    spacing = spacing_of(instance.metadata)
    scale = place(instance.rows, instance.columns, size).scale
    return (spacing.y / scale, spacing.x / scale) if spacing is not None else (1.0, 1.0)
