"""Geometry of marks as the room sends it: image pixels, 0 = centre of the first pixel; or patient millimetres."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, FiniteFloat, Tag, WithJsonSchema

LONGEST_MASK = 2**20
"""Characters of one mask's run lengths in base64."""
Positive = Annotated[FiniteFloat, Field(gt=0)]


def _numbers(count: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "array", "items": {"type": "number"}, "minItems": count, "maxItems": count})


Point = Annotated[tuple[FiniteFloat, FiniteFloat], _numbers(2)]
"""x (column), y (row)"""
Millimetres = Annotated[tuple[FiniteFloat, FiniteFloat, FiniteFloat], _numbers(3)]
"""x, y, z in the patient's frame of reference"""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Box(Strict):
    """Image pixels, 0 = centre of the first pixel; x, y are the left and top edges."""

    x: FiniteFloat
    y: FiniteFloat
    w: Positive
    h: Positive


class Polygon(Strict):
    """Closed: the last point is joined to the first."""

    points: list[Point] = Field(min_length=3, max_length=4000)


class Ellipse(Strict):
    """Half axes in pixels; the angle in degrees, clockwise on the image from the direction of a row to rx."""

    cx: FiniteFloat
    cy: FiniteFloat
    rx: Positive
    ry: Positive
    angle: Annotated[FiniteFloat, Field(ge=-360, le=360)] = 0


class PointAt(Strict):
    x: FiniteFloat
    y: FiniteFloat


class Length(Strict):
    a: Point
    b: Point


class Bidirectional(Strict):
    """RECIST: the longest diameter and the longest one across it."""

    long: Length
    short: Length


class Slice(Strict):
    instance_id: int
    frame: int = Field(0, ge=0)


class Box3d(Box):
    """The same box on every slice from the first to the last."""

    first: Slice
    last: Slice


class Mask(Strict):
    """Pixels, as base64 of LEB128 run lengths: row-major, the first run is zeros."""

    rows: int = Field(ge=1, le=65_535)
    columns: int = Field(ge=1, le=65_535)
    rle: str = Field(max_length=LONGEST_MASK)


class World(Strict):
    """A mark on a plane through a volume: points and the plane's normal in the frame of reference of the series."""

    frame_of_reference: str = Field(min_length=1, max_length=64)
    points: list[Millimetres] = Field(min_length=1, max_length=4000)
    normal: Millimetres


def _where(geometry: Any) -> str:
    if isinstance(geometry, dict):
        return "world" if "frame_of_reference" in geometry else "image"
    return "world" if isinstance(geometry, World) else "image"


WHERE = Discriminator(_where)
BoxOrWorld = Annotated[Annotated[Box, Tag("image")] | Annotated[World, Tag("world")], WHERE]
PolygonOrWorld = Annotated[Annotated[Polygon, Tag("image")] | Annotated[World, Tag("world")], WHERE]
EllipseOrWorld = Annotated[Annotated[Ellipse, Tag("image")] | Annotated[World, Tag("world")], WHERE]
PointOrWorld = Annotated[Annotated[PointAt, Tag("image")] | Annotated[World, Tag("world")], WHERE]
LengthOrWorld = Annotated[Annotated[Length, Tag("image")] | Annotated[World, Tag("world")], WHERE]
BidirectionalOrWorld = Annotated[Annotated[Bidirectional, Tag("image")] | Annotated[World, Tag("world")], WHERE]
