"""The order in which a geometry's fields are written, so that equal marks give equal files on any database."""

from __future__ import annotations

from typing import Any

FIELDS = (
    "x", "y", "w", "h", "points", "cx", "cy", "rx", "ry", "angle", "a", "b", "long", "short", "first", "last",
    "instance_id", "frame", "blob", "rows", "columns", "area", "frame_of_reference", "normal",
)
_PLACE = {name: place for place, name in enumerate(FIELDS)}


def in_order(geometry: Any) -> Any:
    """The same value with the fields of every object in the order of FIELDS, unknown ones last by name.

    >>> in_order({"h": 1, "x": 2, "long": {"b": [0, 0], "a": [1, 1]}})
    {'x': 2, 'h': 1, 'long': {'a': [1, 1], 'b': [0, 0]}}
    """
    if not isinstance(geometry, dict):
        return geometry
    names = sorted(geometry, key=lambda name: (_PLACE.get(name, len(FIELDS)), name))
    return {name: in_order(geometry[name]) for name in names}
