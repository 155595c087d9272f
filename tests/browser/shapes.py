"""Marks of each kind as a hand draws them in a cell of an image, and the points that must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Point = tuple[float, float]
Geometry = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """key: of its tool, after `t`. hand: the places that are clicked in turn, or dragged between two by two."""

    kind: str
    key: str
    by: Literal["click", "drag"]
    hand: tuple[Point, ...]
    points: Callable[[Geometry], list[Point]]

    def truth(self, corner: Point, spacing: tuple[float, float]) -> list[Point]:
        """Where the points must lie; `spacing` between rows and between columns."""
        at = placed(self.hand, corner)
        return [*at[:2], *perpendicular(at, spacing)] if self.kind == "bidirectional" else at


def placed(points: tuple[Point, ...], corner: Point) -> list[Point]:
    return [(x + corner[0], y + corner[1]) for x, y in points]


def perpendicular(at: list[Point], spacing: tuple[float, float]) -> list[Point]:
    """The ends of the second diameter: where it begins and as far as it goes, at a right angle in millimetres."""
    a, b, c, d = ((x * spacing[1], y * spacing[0]) for x, y in at)
    length = ((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5
    u = ((b[0] - a[0]) / length, (b[1] - a[1]) / length)
    along = (c[0] - a[0]) * u[0] + (c[1] - a[1]) * u[1]
    ends = []
    for end in (c, d):
        aside = (end[1] - a[1]) * u[0] - (end[0] - a[0]) * u[1]
        x, y = a[0] + along * u[0] - aside * u[1], a[1] + along * u[1] + aside * u[0]
        ends.append((x / spacing[1], y / spacing[0]))
    return ends


def _corners(ellipse: Geometry) -> list[Point]:
    x, y, rx, ry = (ellipse[key] for key in ("cx", "cy", "rx", "ry"))
    return [(x - rx, y - ry), (x + rx, y + ry)]


SHAPES = (
    Shape("polygon", "p", "click", ((2, 2), (22, 4), (20, 24), (4, 20)), lambda g: list(g["points"])),
    Shape("ellipse", "e", "drag", ((0, 0), (24, 20)), _corners),
    Shape("point", "o", "click", ((8, 12),), lambda g: [(g["x"], g["y"])]),
    Shape("length", "l", "drag", ((2, 4), (24, 18)), lambda g: [g["a"], g["b"]]),
    Shape("bidirectional", "d", "drag", ((0, 10), (26, 14), (14, 8), (13, 17)),
          lambda g: [g[axis][end] for axis in ("long", "short") for end in "ab"]),
)
