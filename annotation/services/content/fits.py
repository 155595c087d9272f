"""Whether a mark's geometry lies inside its image and is more than a slip of the hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from annotation.geometry import runs
from annotation.services.content.bounds import ImageSize
from annotation.services.content.shapes import (
    Bidirectional,
    Box,
    Box3d,
    Ellipse,
    Length,
    Mask,
    Point,
    PointAt,
    Polygon,
    World,
)

MINIMUM_BOX = 2.0
"""Image pixels; smaller boxes and ellipses are slips of the hand."""
MINIMUM_LENGTH = 1.0
"""Image pixels."""
MOST_PIXELS = 2**26
_ROUNDING = 1e-6

Say = Callable[[str], Exception]
"""Makes the refusal from a sentence."""


def check_fit(geometry: Any, image: ImageSize, say: Say) -> None:
    """Raises what `say` makes when the geometry leaves the image or is too small to be meant."""
    _CHECKS[type(geometry)](geometry, image, say)


def _inside(points: Sequence[Point], image: ImageSize, name: str, say: Say) -> None:
    right, bottom = image.columns - 0.5 + _ROUNDING, image.rows - 0.5 + _ROUNDING
    if not all(-0.5 - _ROUNDING <= x <= right and -0.5 - _ROUNDING <= y <= bottom for x, y in points):
        raise say(f"{name} reaches beyond its image. Move it back inside.")


def _box(box: Box, image: ImageSize, say: Say) -> None:
    if box.w < MINIMUM_BOX or box.h < MINIMUM_BOX:
        raise say(f"A box is smaller than {MINIMUM_BOX:g} pixels. Delete it or draw it larger.")
    _inside([(box.x, box.y), (box.x + box.w, box.y + box.h)], image, "A box", say)


def _polygon(polygon: Polygon, image: ImageSize, say: Say) -> None:
    _inside(polygon.points, image, "A polygon", say)
    if len(set(polygon.points)) < 3:
        raise say("A polygon has fewer than three different points. Delete it or draw it again.")


def _ellipse(ellipse: Ellipse, image: ImageSize, say: Say) -> None:
    if min(ellipse.rx, ellipse.ry) * 2 < MINIMUM_BOX:
        raise say(f"An ellipse is narrower than {MINIMUM_BOX:g} pixels. Delete it or draw it larger.")
    turn = math.radians(ellipse.angle)
    wide = math.hypot(ellipse.rx * math.cos(turn), ellipse.ry * math.sin(turn))
    high = math.hypot(ellipse.rx * math.sin(turn), ellipse.ry * math.cos(turn))
    corners = [(ellipse.cx - wide, ellipse.cy - high), (ellipse.cx + wide, ellipse.cy + high)]
    _inside(corners, image, "An ellipse", say)


def _point(point: PointAt, image: ImageSize, say: Say) -> None:
    _inside([(point.x, point.y)], image, "A point", say)


def _length(length: Length, image: ImageSize, say: Say, name: str = "A length") -> None:
    _inside([length.a, length.b], image, name, say)
    if math.dist(length.a, length.b) < MINIMUM_LENGTH:
        raise say(f"{name} is shorter than a pixel. Delete it or draw it longer.")


def _bidirectional(pair: Bidirectional, image: ImageSize, say: Say) -> None:
    _length(pair.long, image, say, "A diameter")
    _length(pair.short, image, say, "A diameter")


def _mask(mask: Mask, image: ImageSize, say: Say) -> None:
    if (mask.rows, mask.columns) != (image.rows, image.columns) or mask.rows * mask.columns > MOST_PIXELS:
        raise say(
            f"A mask has {mask.rows} × {mask.columns} pixels, its image {image.rows} × {image.columns}. Draw it again."
        )
    try:
        lengths = runs.unpack(runs.from_text(mask.rle))
        runs.check(lengths, mask.rows, mask.columns)
    except ValueError as error:
        raise say(f"A mask can't be read: {error}. Draw it again.") from None
    if not runs.area(lengths):
        raise say("A mask is empty. Delete it or paint it.")


def check_world(world: World, frame_of_reference: str, least: int, say: Say) -> None:
    """`least`: how many points this kind of mark has at least."""
    if not frame_of_reference or world.frame_of_reference != frame_of_reference:
        raise say("A mark on a plane belongs to another frame of reference than its series. Draw it again.")
    if len(world.points) < least:
        raise say(f"A mark on a plane has {len(world.points)} points; it needs {least}. Draw it again.")
    if abs(math.hypot(*world.normal) - 1) > 1e-3:
        raise say("The normal of a mark's plane is not of length 1. Draw the mark again.")


_CHECKS: dict[type, Callable[[Any, ImageSize, Say], None]] = {
    Box: _box, Polygon: _polygon, Ellipse: _ellipse, PointAt: _point, Length: _length, Bidirectional: _bidirectional,
    Box3d: _box, Mask: _mask,
}
