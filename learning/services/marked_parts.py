"""What a recipe that crops cuts out of its training images: around readers' marks, or where others have theirs."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from annotation.geometry.outlines import bounding
from annotation.models import Observation
from annotation.services.masks import runs_of
from imaging.models import Instance, Volume
from imaging.way import Part
from learning.models import Snapshot
from learning.recipe_parts import InputPart
from learning.services.snapshots import RANDOM_ARM
from learning.toolkit.data import DataError

_FLAT = ("box", "box3d", "polygon", "ellipse", "point", "length", "bidirectional", "mask")


def training_parts(snapshot: Snapshot, instances: Sequence[Instance], input: InputPart) -> dict[str, Part]:
    """SOP instance UID → part, for every image, as the marks stood when the snapshot was frozen.

    A crop must not betray by itself that there was something to mark: images without a mark are cut where those of
    another image lie, drawn by the image's own UID, so that a run repeats. Raises DataError where there is no mark.
    """
    marked = _marked(snapshot, instances)
    if not marked:
        raise DataError(
            "This recipe crops around readers' marks, and none of its images has one. Mark the finding on some images, "
            "or choose the whole image."
        )
    typical = sorted(_share(part, shape) for part, shape in marked.values())
    parts = {}
    for instance in instances:
        if instance.sop_uid in marked:
            part = marked[instance.sop_uid][0]
        else:
            part = _there(typical[_draw(instance.sop_uid, len(typical))], instance, bool(input.is_volume))
        parts[instance.sop_uid] = _with_margin(part, input.margin)
    return parts


def _marked(snapshot: Snapshot, instances: Sequence[Instance]) -> dict[str, tuple[Part, tuple[int, int, int]]]:
    """Of each image, or of its series, the largest mark, with the slices, rows and columns that it lies in."""
    by_series = {i.series_id: i for i in instances}
    images = {i.pk: i for i in instances}
    volumes = {v.series_id: v for v in Volume.objects.filter(series__in=by_series)}
    found: dict[str, list[tuple[Part, tuple[int, int, int]]]] = defaultdict(list)
    for line in marks_of(snapshot, list(by_series)):
        region = line.region
        if region is None or region.instance is None:
            continue
        slice_uid = region.instance.sop_uid
        owner = images.get(region.instance.pk) or by_series[region.instance.series_id]
        volume = volumes.get(owner.series_id)
        place = volume.sop_uids.index(slice_uid) if volume and slice_uid in volume.sop_uids else -1
        lengths = runs_of(region) if region.kind == "mask" else None
        shape = (volume.slices if volume else 1, region.instance.rows, region.instance.columns)
        found[owner.sop_uid].append((Part(*bounding(region.kind, region.geometry, lengths), place), shape))
    return {uid: max(parts, key=lambda one: (one[0].w * one[0].h, one[0])) for uid, parts in found.items()}


def marks_of(snapshot: Snapshot, series: Sequence[int]) -> list[Observation]:
    """Readers' marks on images of these series, as their tracks stood at the freezing."""
    codes = [finding["code"] for finding in snapshot.findings]
    lines = Observation.objects.filter(
        project=snapshot.project_id, source__kind="reader", finding__code__in=codes, region__isnull=False,
        region__instance__series__in=series, region__kind__in=_FLAT, created_at__lte=snapshot.created_at,
        batch__withdrawn_at=None,
    ).exclude(source__name=RANDOM_ARM).select_related("region__instance", "finding").order_by("pk")
    last = {(line.source_id, line.finding_id, line.subject): line for line in lines}
    return [line for line in last.values() if line.state == "present"]


def _share(part: Part, shape: tuple[int, int, int]) -> tuple[float, float, float, float, float]:
    """The part as shares of its image and volume."""
    slices, rows, columns = shape
    place = (part.slice + 0.5) / slices if part.slice >= 0 else 0.5
    return (part.x + 0.5) / columns, (part.y + 0.5) / rows, part.w / columns, part.h / rows, place


def _there(share: tuple[float, float, float, float, float], instance: Instance, in_volume: bool) -> Part:
    x, y, w, h, place = share
    columns, rows = instance.columns, instance.rows
    volume = Volume.objects.filter(series=instance.series_id).first() if in_volume else None
    number = int(place * volume.slices) if volume is not None else -1
    return Part(x * columns - 0.5, y * rows - 0.5, w * columns, h * rows, number)


def _draw(uid: str, count: int) -> int:
    return int.from_bytes(hashlib.sha256(uid.encode()).digest()[:8], "big") % count


def _with_margin(part: Part, margin: float) -> Part:
    """A square around the part's middle."""
    side = max(part.w, part.h, 2.0) * (1 + margin)
    return Part(
        round(part.x + part.w / 2 - side / 2, 2), round(part.y + part.h / 2 - side / 2, 2), round(side, 2),
        round(side, 2), part.slice,
    )
