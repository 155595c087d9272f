"""Marks become rows of the ledger: what is unchanged keeps its row, what moved gets a new one on the same track."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from annotation.models import MaskBlob, Region
from annotation.services.content import MaskRegion, RegionAnswer
from annotation.services.masks import keep_masks
from core.models import Project


def regions_of(*, project: Project, answers: Sequence[RegionAnswer]) -> dict[UUID, Region]:
    """Track → region of every mark of an answer. Runs inside the transaction of the act."""
    kept = keep_masks(a.geometry.model_dump() for a in answers if isinstance(a, MaskRegion))
    masks = iter(kept)
    newest = _newest(project, [answer.track for answer in answers])
    found: dict[UUID, Region] = {}
    for answer in answers:
        blob, geometry = next(masks) if isinstance(answer, MaskRegion) else (None, answer.geometry.model_dump())
        made = _made(project, answer, geometry, blob)
        before = newest.get(answer.track)
        found[answer.track] = before if before is not None and _is_same(before, made) else made
    Region.objects.bulk_create([region for region in found.values() if region.pk is None])
    return found


def _newest(project: Project, tracks: list[UUID]) -> dict[UUID, Region]:
    rows = Region.objects.filter(track__in=tracks, project=project).order_by("pk")
    return {region.track: region for region in rows}


def _made(project: Project, answer: RegionAnswer, geometry: dict[str, Any], blob: MaskBlob | None) -> Region:
    return Region(
        track=answer.track, project=project, instance_id=answer.instance_id, frame=answer.frame,
        series_id=answer.series_id, kind=answer.kind, geometry=_as_json(geometry), mask=blob,
    )


def _as_json(value: Any) -> Any:
    """Tuples as the lists that they are read back as."""
    if isinstance(value, dict):
        return {key: _as_json(inner) for key, inner in value.items()}
    return [_as_json(inner) for inner in value] if isinstance(value, list | tuple) else value


def _is_same(before: Region, now: Region) -> bool:
    where = ("instance_id", "frame", "series_id", "kind", "geometry")
    return all(getattr(before, name) == getattr(now, name) for name in where)
