"""A CT or MR series as a volume: sorted by position along the normal, with spacing and orientation checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Slice:
    """What the geometry needs of one image (PS3.3 C.7.6.2)."""

    sop_uid: str
    position: tuple[float, float, float]
    orientation: tuple[float, ...]
    spacing: tuple[float, float]
    rows: int
    columns: int


@dataclass(frozen=True)
class Assembled:
    sop_uids: list[str]
    spacing_mm: tuple[float, float, float]
    """Between slices, between rows, between columns."""
    orientation: tuple[float, ...]
    rows: int
    columns: int
    issues: list[str]


def assemble(slices: Sequence[Slice]) -> Assembled | None:
    """None when fewer than two slices at different positions share a geometry. Issues are sentences, none if sound."""
    shapes = {(s.rows, s.columns) for s in slices}
    if len(slices) < 2 or len(shapes) != 1:
        return None
    first = slices[0]
    row, column = np.array(first.orientation[:3]), np.array(first.orientation[3:])
    normal = np.cross(row, column)
    if np.linalg.norm(normal) < 0.5:
        return None
    issues = []
    if any(np.abs(np.array(s.orientation) - first.orientation).max() > 1e-3 for s in slices):
        issues.append("The slices do not share one orientation; they are sorted by the first one's.")
    along = {s.sop_uid: float(np.dot(normal, s.position)) for s in slices}
    ordered = sorted(slices, key=lambda s: (along[s.sop_uid], s.sop_uid))
    ordered = _drop_duplicates(ordered, along, issues)
    if len(ordered) < 2:
        return None
    steps = np.diff([along[s.sop_uid] for s in ordered])
    spacing = float(np.median(steps))
    _name_gaps(steps, spacing, issues)
    _name_tilt(ordered, normal, issues)
    return Assembled(
        [s.sop_uid for s in ordered], (spacing, first.spacing[0], first.spacing[1]), first.orientation, first.rows,
        first.columns, issues,
    )


def _drop_duplicates(ordered: list[Slice], along: dict[str, float], issues: list[str]) -> list[Slice]:
    kept = [ordered[0]]
    for current in ordered[1:]:
        if abs(along[current.sop_uid] - along[kept[-1].sop_uid]) > 1e-3:
            kept.append(current)
    if len(kept) < len(ordered):
        issues.append(f"{len(ordered) - len(kept)} slices repeat a position; the first of each is used.")
    return kept


def _name_gaps(steps: np.ndarray[tuple[int], np.dtype[np.float64]], spacing: float, issues: list[str]) -> None:
    if not len(steps) or spacing <= 0:
        return
    wide = int((steps > 1.5 * spacing).sum())
    if wide:
        missing = int(np.rint(steps[steps > 1.5 * spacing] / spacing - 1).sum())
        issues.append(f"{wide} gaps: about {missing} slices are missing.")
    uneven = steps[steps <= 1.5 * spacing]
    if len(uneven) and float(np.abs(uneven - spacing).max()) > 0.1 * spacing:
        issues.append(f"Uneven spacing: {uneven.min():.2f} to {uneven.max():.2f} mm.")


def _name_tilt(
    ordered: list[Slice], normal: np.ndarray[tuple[int], np.dtype[np.float64]], issues: list[str]
) -> None:
    if len(ordered) < 2:
        return
    travel = np.array(ordered[-1].position) - np.array(ordered[0].position)
    length = float(np.linalg.norm(travel))
    if length > 0:
        angle = float(np.degrees(np.arccos(np.clip(abs(np.dot(travel, normal)) / length, -1, 1))))
        if angle > 1.0:
            issues.append(f"The gantry is tilted by {angle:.1f}°: slices are sheared against each other.")
