"""From what a network sees back to an image's own pixels, and what both directions need to know of its header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from imaging.dicom.grid import Focus
from imaging.dicom.views import Preparation

Box = tuple[float, float, float, float]
"""x, y (left and top edges), w, h in image pixels, 0 = centre of the first pixel."""
AIR_HU = -1024.0


class Part(NamedTuple):
    """A box on an image, or on the slice with this place in its volume."""

    x: float
    y: float
    w: float
    h: float
    slice: int = -1


class Unusable(ValueError):
    """This image or series can't be prepared so; the message says why, without naming the patient."""


@dataclass(frozen=True)
class Way:
    """Linear: column u of the prepared plane is x0 + dx·u of the image; dx is negative where it is mirrored."""

    x0: float
    dx: float
    y0: float
    dy: float

    def to_image(self, x: float, y: float, w: float, h: float) -> Box:
        """A box in prepared pixels (0 = centre of first pixel) as one in image pixels."""
        left, right = sorted((self.x0 + self.dx * x, self.x0 + self.dx * (x + w)))
        top, bottom = sorted((self.y0 + self.dy * y, self.y0 + self.dy * (y + h)))
        return left, top, right - left, bottom - top


def straight_way(
    shape: tuple[int, int], spacing: tuple[float, float], wanted: Preparation, part: Part | None, mirrored: bool
) -> Way:
    """Of an image of this shape (rows, columns), or the part of it around `box`."""
    extents = shape[0] * spacing[0], shape[1] * spacing[1]
    focus = None if part is None else around(part, spacing)
    side = max(extents) if focus is None else focus.side
    step = wanted.spacing_mm or side / wanted.size
    middles = (extents[0] / 2, extents[1] / 2) if focus is None else focus.middle[1:]
    starts = [middle - (wanted.size - 1) / 2 * step for middle in middles]
    y0, x0 = (start / s - 0.5 for start, s in zip(starts, spacing, strict=True))
    dy, dx = (step / s for s in spacing)
    return Way(x0 + dx * (wanted.size - 1), -dx, y0, dy) if mirrored else Way(x0, dx, y0, dy)


def around(part: Part, spacing: tuple[float, float]) -> Focus:
    """The square around a box, in mm from the image's corner; at least two pixels wide."""
    x, y, w, h = part[:4]
    middle = (0.0, (y + h / 2 + 0.5) * spacing[0], (x + w / 2 + 0.5) * spacing[1])
    return Focus(middle, max(w * spacing[1], h * spacing[0], 2 * min(spacing)))


def spacing_of(metadata: Mapping[str, Any]) -> tuple[float, float] | None:
    """Millimetres between rows and between columns: Pixel Spacing, else that at the detector or in the scan."""
    for tag in ("00280030", "00181164", "00182010"):
        values = numbers(metadata, tag)
        if len(values) == 2 and min(values) > 0:
            return values[0], values[1]
    return None


def pad_of(modality: str) -> float:
    """What lies beside the image, in its own values."""
    return AIR_HU if modality == "CT" else 0.0


def numbers(metadata: Mapping[str, Any], tag: str) -> list[float]:
    """Values of an element of DICOM JSON."""
    return [float(v) for v in metadata.get(tag, {}).get("Value", [])]
