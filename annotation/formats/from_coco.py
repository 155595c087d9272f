"""COCO annotations read back as marks: our own to the last bit, anybody else's as boxes, outlines and masks."""

from __future__ import annotations

from typing import Any

from annotation.geometry import coco_runs, runs
from annotation.geometry.outlines import bounding

HALF = 0.5
SAME = 0.01
"""Pixels by which a box may differ from its mark's own geometry; further away, somebody has moved it since."""
Shape = tuple[str, dict[str, Any]]
"""(kind, geometry) as the room sends them"""


def shapes_of(annotation: dict[str, Any]) -> list[Shape]:
    """The marks of one annotation; several only where a foreign file has an outline in pieces. Raises ValueError."""
    segmentation = annotation.get("segmentation") or []
    if isinstance(segmentation, dict):
        lengths, rows, columns = coco_runs.from_segmentation(segmentation)
        return [("mask", {"rows": rows, "columns": columns, "rle": runs.to_text(runs.pack(lengths))})]
    own = _own(annotation)
    if own is not None:
        return [own]
    attributes = annotation.get("attributes") or {}
    if attributes.get("kind") == "point" and len(attributes.get("points") or []) == 2:
        x, y = attributes["points"]
        return [("point", {"x": x - HALF, "y": y - HALF})]
    outlines = [_points(flat) for flat in segmentation]
    if outlines:
        return [("polygon", {"points": points}) for points in outlines]
    return [("box", _box(annotation))]


def _own(annotation: dict[str, Any]) -> Shape | None:
    """The geometry that our export put beside the box, unless the box has been changed since."""
    geometry = (annotation.get("radloop") or {}).get("geometry")
    kind = (annotation.get("attributes") or {}).get("kind")
    if not isinstance(geometry, dict) or not isinstance(kind, str):
        return None
    try:
        x, y, w, h = bounding(kind, geometry)
        there = annotation["bbox"]
        differ = max(abs(a - b) for a, b in zip((x + HALF, y + HALF, w, h), there, strict=True))
    except (KeyError, TypeError, ValueError):
        raise ValueError("its own geometry can't be read") from None
    return (kind, geometry) if differ <= SAME else None


def _box(annotation: dict[str, Any]) -> dict[str, float]:
    try:
        x, y, w, h = (float(number) for number in annotation["bbox"])
    except (KeyError, TypeError, ValueError):
        raise ValueError("its bbox is not four numbers") from None
    return {"x": x - HALF, "y": y - HALF, "w": w, "h": h}


def _points(flat: Any) -> list[list[float]]:
    if not isinstance(flat, list) or len(flat) < 6 or len(flat) % 2:
        raise ValueError("its segmentation is not a list of x, y, x, y…")
    numbers = [float(number) - HALF for number in flat]
    return [numbers[n:n + 2] for n in range(0, len(numbers), 2)]
