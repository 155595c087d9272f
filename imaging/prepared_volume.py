"""A series of slices as networks see it: sorted by position, resampled, turned, cut; one slice in memory at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom

from imaging import storage
from imaging.dicom.grid import AS_STORED, Axis, Focus, Turn, turn_of
from imaging.dicom.pixels import calibrated_frame
from imaging.dicom.views import Preparation, planes_on_grid
from imaging.models import Instance, Volume
from imaging.way import Part, Unusable, Way, around, numbers, pad_of, straight_way

MOST_MISSING = 0.1
"""Share of a series' slices that may be missing; those between the neighbours are interpolated."""


def why_no_volume(instance: Instance) -> str:
    """Why the instance's series can't be read as a volume; empty if it can."""
    volume = Volume.objects.filter(series=instance.series_id).first()
    if volume is None:
        return "its slices do not form a volume: there is one, or they differ in size"
    if volume.slices < 3:
        return f"it has {volume.slices} slices; a volume needs 3"
    if any("do not share one orientation" in issue for issue in volume.issues):
        return "its slices do not share one orientation"
    along = _positions(volume)
    steps = np.diff(along)
    step = float(np.median(steps[steps <= np.median(steps)]))  # of few slices the gaps are not few
    missing = int(np.rint(steps[steps > 1.5 * step] / step - 1).sum())
    if missing > MOST_MISSING * (missing + len(along)):
        return f"about {missing} of {missing + len(along)} slices are missing"
    return ""


def plane_of(
    instance: Instance, wanted: Preparation, share: float, part: Part | None = None
) -> tuple[Instance, Way] | None:
    """The slice that lies at `share` (0 to 1) of the prepared planes, and the way to its pixels.

    None where a plane is no slice: coronal and sagittal planes, projections, volumes that were turned.
    """
    volume = Volume.objects.get(series=instance.series_id)
    turn = _turn(volume, wanted)
    if wanted.volume not in ("slices", "3d", "2.5d") or [to for to, _ in turn] != [0, 1, 2]:
        return None
    axes = axes_of(volume)
    if wanted.volume == "2.5d":
        number = len(axes[0].positions) // 2 if part is None else _place(volume, part)
    else:
        down = 1 - share if turn[0][1] < 0 else share
        focus = _focus(volume, part)
        middle = axes[0].middle if focus is None else focus.middle[0]
        length = axes[0].extent if focus is None else focus.side
        if wanted.spacing_mm is not None:
            length = wanted.spacing_mm * wanted.depth
        number = int(np.abs(axes[0].positions - (middle + (down - 0.5) * length)).argmin())
    shown = Instance.objects.filter(sop_uid=volume.sop_uids[number]).first()
    if shown is None:
        return None
    spacing = (volume.spacing_mm[1], volume.spacing_mm[2])
    way = straight_way((volume.rows, volume.columns), spacing, wanted, part, turn[2][1] < 0)
    if turn[1][1] < 0:
        last = wanted.size - 1
        way = Way(way.x0, way.dx, way.y0 + way.dy * last, -way.dy)
    return shown, way


def prepared_volume(instance: Instance, wanted: Preparation, part: Part | None) -> npt.NDArray[np.float32]:
    why = why_no_volume(instance)
    if why:
        raise Unusable(why)
    volume = Volume.objects.get(series=instance.series_id)
    paths = dict(Instance.objects.filter(sop_uid__in=volume.sop_uids).values_list("sop_uid", "path"))

    def slice_at(n: int) -> npt.NDArray[np.float32]:
        return calibrated_frame(pydicom.dcmread(storage.path_of(paths[volume.sop_uids[n]])))

    return planes_on_grid(
        slice_at, axes_of(volume), wanted, turn=_turn(volume, wanted), focus=_focus(volume, part),
        pad=pad_of(instance.series.modality),
    )


def _focus(volume: Volume, part: Part | None) -> Focus | None:
    """The cube around a box on one slice; that slice is the cube's middle."""
    if part is None:
        return None
    square = around(part, (volume.spacing_mm[1], volume.spacing_mm[2]))
    return Focus((float(_positions(volume)[_place(volume, part)]), *square.middle[1:]), square.side)


def _place(volume: Volume, part: Part) -> int:
    return min(part.slice, volume.slices - 1) if part.slice >= 0 else volume.slices // 2


def axes_of(volume: Volume) -> tuple[Axis, Axis, Axis]:
    """Positions of slices, rows and columns in mm; slices where they were taken, evenly spaced or not."""
    along = _positions(volume)
    return (
        Axis(along, float(np.median(np.diff(along)))), Axis.regular(volume.rows, volume.spacing_mm[1]),
        Axis.regular(volume.columns, volume.spacing_mm[2]),
    )


def _positions(volume: Volume) -> npt.NDArray[np.float64]:
    """Of the slices along their normal, in mm, ascending; as they were taken, evenly spaced or not."""
    found: Mapping[str, Any] = dict(
        Instance.objects.filter(sop_uid__in=volume.sop_uids).values_list("sop_uid", "metadata"))
    normal = np.cross(volume.orientation[:3], volume.orientation[3:])
    along = [float(np.dot(normal, numbers(found[uid], "00200032"))) for uid in volume.sop_uids if uid in found]
    return np.asarray(along, np.float64)


def _turn(volume: Volume, wanted: Preparation) -> Turn:
    return turn_of(volume.orientation) if wanted.standard else AS_STORED
