"""Marks as others know them: bounding boxes, closed outlines, areas. Image pixels, 0 = centre of the first pixel.

Geometry is what annotation.services.content.shapes checked, as JSON keeps it; of a mask, its run lengths come with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from annotation.geometry import runs

Geometry = dict[str, Any]
Points = list[tuple[float, float]]
FEWEST = 64
OUTLINE_ERROR = 0.02
"""Pixels by which an ellipse's polygon may leave its ellipse."""


def bounding(kind: str, geometry: Geometry, lengths: runs.Runs | None = None) -> tuple[float, float, float, float]:
    """x, y, w, h: left and top edge. A point is a box of no size; of a mask, the edges of its pixels."""
    if kind in ("box", "box3d"):
        return geometry["x"], geometry["y"], geometry["w"], geometry["h"]
    if kind == "mask":
        assert lengths is not None
        top, bottom, left, right = runs.bounds(lengths, geometry["columns"])
        return left - 0.5, top - 0.5, right - left + 1.0, bottom - top + 1.0
    if kind == "ellipse":
        wide, high = half_sizes(geometry)
        return geometry["cx"] - wide, geometry["cy"] - high, 2 * wide, 2 * high
    return around(corners(kind, geometry))


def around(points: Sequence[Sequence[float]]) -> tuple[float, float, float, float]:
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def corners(kind: str, geometry: Geometry) -> Points:
    """The points that a reader set: bidirectional as the ends of the long diameter, then of the short."""
    if kind == "polygon":
        return [(x, y) for x, y in geometry["points"]]
    if kind == "point":
        return [(geometry["x"], geometry["y"])]
    if kind == "length":
        return [tuple(geometry["a"]), tuple(geometry["b"])]
    if kind == "bidirectional":
        return [tuple(geometry[axis][end]) for axis in ("long", "short") for end in ("a", "b")]
    x, y, w, h = geometry["x"], geometry["y"], geometry["w"], geometry["h"]
    return [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]


def half_sizes(ellipse: Geometry) -> tuple[float, float]:
    """Half width and half height of an ellipse's bounding box."""
    turn = math.radians(ellipse["angle"])
    wide = math.hypot(ellipse["rx"] * math.cos(turn), ellipse["ry"] * math.sin(turn))
    return wide, math.hypot(ellipse["rx"] * math.sin(turn), ellipse["ry"] * math.cos(turn))


def ellipse_outline(ellipse: Geometry) -> tuple[Points, float]:
    """A polygon of 64 points or more on the ellipse, and by how many pixels it leaves it at most."""
    largest = max(ellipse["rx"], ellipse["ry"])
    needed = math.pi / math.acos(1 - OUTLINE_ERROR / largest) if largest > OUTLINE_ERROR else FEWEST
    count = max(FEWEST, math.ceil(needed))
    turn = math.radians(ellipse["angle"])
    points = []
    for step in range(count):
        around_it = 2 * math.pi * step / count
        along, across = ellipse["rx"] * math.cos(around_it), ellipse["ry"] * math.sin(around_it)
        points.append((
            ellipse["cx"] + along * math.cos(turn) - across * math.sin(turn),
            ellipse["cy"] + along * math.sin(turn) + across * math.cos(turn),
        ))
    return points, largest * (1 - math.cos(math.pi / count))


def area(kind: str, geometry: Geometry) -> float:
    """Square pixels; 0 of points and lines. Of a mask, its pixels."""
    if kind in ("box", "box3d"):
        return float(geometry["w"] * geometry["h"])
    if kind == "mask":
        return float(geometry["area"])
    if kind == "ellipse":
        return math.pi * float(geometry["rx"]) * float(geometry["ry"])
    return enclosed(corners(kind, geometry)) if kind == "polygon" else 0.0


def enclosed(points: Points) -> float:
    """Area within a closed outline (shoelace)."""
    following = [*points[1:], points[0]]
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(points, following, strict=True))) / 2
