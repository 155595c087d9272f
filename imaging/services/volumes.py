"""Volumes of imported CT and MR series."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from imaging.dicom.volume import Slice, assemble
from imaging.models import Instance, Series, Volume

MODALITIES = ("CT", "MR", "PT", "NM")


def assemble_volumes(series_ids: Iterable[int]) -> int:
    """Assemble, or assemble anew, the volumes of these series; returns how many there are."""
    count = 0
    for series in Series.objects.filter(pk__in=list(series_ids), modality__in=MODALITIES):
        slices = [s for s in map(_slice, series.instances.filter(frames=1)) if s is not None]
        volume = assemble(slices)
        if volume is None:
            continue
        Volume.objects.update_or_create(
            series=series,
            defaults={
                "slices": len(volume.sop_uids), "rows": volume.rows, "columns": volume.columns,
                "spacing_mm": list(volume.spacing_mm), "orientation": list(volume.orientation),
                "sop_uids": volume.sop_uids, "issues": volume.issues,
            },
        )
        count += 1
    return count


def _slice(instance: Instance) -> Slice | None:
    position, orientation, spacing = (_values(instance.metadata, tag) for tag in ("00200032", "00200037", "00280030"))
    if len(position) != 3 or len(orientation) != 6:
        return None
    return Slice(
        instance.sop_uid, (position[0], position[1], position[2]), tuple(orientation),
        (spacing[0], spacing[1]) if len(spacing) == 2 else (1.0, 1.0), instance.rows, instance.columns,
    )


def _values(metadata: dict[str, Any], tag: str) -> list[float]:
    return [float(v) for v in metadata.get(tag, {}).get("Value", [])]
