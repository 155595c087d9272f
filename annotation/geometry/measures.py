"""Millimetres of marks, from the spacing that the file names. Derived whenever they are wanted, never kept alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotation.geometry.outlines import Geometry, area, corners

PROJECTIONS = frozenset({"CR", "DX", "MG", "RG", "RF", "XA", "PX", "IO"})


@dataclass(frozen=True)
class Spacing:
    """Millimetres from one column to the next (x) and from one row to the next (y).

    at_detector  measured where the detector stands: what is inside the patient is smaller by an unknown magnification
    """

    x: float
    y: float
    at_detector: bool = False


def spacing_of(header: Mapping[str, Any]) -> Spacing | None:
    """From DICOM JSON, None where the file names none. Radiographs: PS3.3 10.7, at the detector unless calibrated."""
    in_patient, detector = _pair(header, "00280030"), _pair(header, "00181164")
    if in_patient is None:
        return None if detector is None else Spacing(*detector, at_detector=True)
    is_calibrated = bool(_values(header, "00280402")) or (detector is not None and detector != in_patient)
    is_projection = str(next(iter(_values(header, "00080060")), "")) in PROJECTIONS
    return Spacing(*in_patient, at_detector=is_projection and not is_calibrated)


def _values(header: Mapping[str, Any], tag: str) -> list[Any]:
    return list((header.get(tag) or {}).get("Value") or [])


def _pair(header: Mapping[str, Any], tag: str) -> tuple[float, float] | None:
    """(x, y): the file names the distance between rows first."""
    values = _values(header, tag)
    if len(values) != 2:
        return None
    y, x = (float(value) for value in values)
    return (x, y) if x > 0 and y > 0 else None


def measures(kind: str, geometry: Geometry, spacing: Spacing | None) -> dict[str, float]:
    """What this kind of mark measures, by name, in mm and mm²; empty where it measures nothing or nothing is known."""
    if "frame_of_reference" in geometry:
        return _in_the_patient(kind, geometry["points"])
    if spacing is None or kind == "point":
        return {}
    if kind in ("length", "bidirectional"):
        return _lines([(x * spacing.x, y * spacing.y) for x, y in corners(kind, geometry)])
    found = {"area_mm2": area(kind, geometry) * spacing.x * spacing.y}
    if kind in ("box", "box3d"):
        found |= {"width_mm": geometry["w"] * spacing.x, "height_mm": geometry["h"] * spacing.y}
    return _rounded(found)


def _in_the_patient(kind: str, points: list[Any]) -> dict[str, float]:
    if kind in ("length", "bidirectional"):
        return _lines(points)
    if kind == "ellipse":
        middle, a, b = points[:3]
        # Pi times the parallelogram of both half diameters, of which this triangle is half.
        return _rounded({"area_mm2": math.pi * 2 * _area_in_space([middle, a, b])})
    if kind == "polygon":
        return _rounded({"area_mm2": _area_in_space(points)})
    if kind == "box":
        return _rounded({
            "width_mm": math.dist(points[0], points[1]), "height_mm": math.dist(points[1], points[2]),
            "area_mm2": _area_in_space(points),
        })
    return {}


def _area_in_space(points: list[Any]) -> float:
    """Half the length of the summed cross products: the area within a flat outline anywhere in space."""
    total = [0.0, 0.0, 0.0]
    for (x, y, z), (u, v, w) in zip(points, [*points[1:], points[0]], strict=True):
        for axis, part in enumerate((y * w - z * v, z * u - x * w, x * v - y * u)):
            total[axis] += part
    return math.hypot(*total) / 2


def _lines(points: list[Any]) -> dict[str, float]:
    lengths = [math.dist(points[n], points[n + 1]) for n in range(0, len(points), 2)]
    if len(lengths) == 1:
        return _rounded({"length_mm": lengths[0]})
    return _rounded({"long_mm": max(lengths), "short_mm": min(lengths)})


def _rounded(found: dict[str, float]) -> dict[str, float]:
    """A thousandth of a millimetre is finer than any detector."""
    return {name: round(value, 3) for name, value in found.items()}
