"""What readers' boxes teach a model that names findings: where its suggestions have their boxes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from annotation.geometry.outlines import bounding
from imaging.models import Instance
from imaging.pixels import Placement, way_to_image
from imaging.way import Way
from learning.models import ModelVersion
from learning.services.images import pixels_of
from learning.services.marked_parts import marks_of
from learning.toolkit.volumes import preparation_of

if TYPE_CHECKING:
    from learning.toolkit.box_head import BoxHead

MOST = 300
"""Boxed images that are learned from; more make the boxes no better and the equations slow."""
_KINDS = ("box", "polygon", "ellipse")
Square = tuple[float, float, float, float]


def box_head_of(version: ModelVersion, model: Any) -> BoxHead | None:
    """Learned from readers' marks on the images of the model's snapshot, as they stood when it was frozen.

    So it is the same whenever it is asked for. None for a model without maps of single images, and where no image is
    marked.
    """
    from learning.toolkit.box_head import BoxHead, maps_of
    from learning.toolkit.detection import TaughtImage

    if not model.has_maps or model.input.is_volume or model.input.volume == "views":
        return None
    marked = _boxes(version, model)
    if not marked:
        return None
    images = sorted(marked, key=lambda one: one.sop_uid)[:MOST]
    taught = [TaughtImage({code: tuple(boxes) for code, boxes in marked[one].items()}) for one in images]
    return BoxHead.fit(maps_of(model, pixels_of(images, model.input)), taught, size=model.input.size)


def _boxes(version: ModelVersion, model: Any) -> dict[Instance, dict[str, list[Square]]]:
    """Image of a single frame -> finding -> boxes in the network's square."""
    snapshot = version.run.snapshot
    rows = snapshot.rows.filter(origin="verified").values("instance")
    seen = Instance.objects.filter(pk__in=rows, frames=1, series__study__patient__withdrawn_at=None)
    instances = {one.pk: one for one in seen.select_related("series__study__patient")}
    wanted = preparation_of(model.input)
    found: dict[Instance, dict[str, list[Square]]] = defaultdict(lambda: defaultdict(list))
    for line in marks_of(snapshot, [one.series_id for one in instances.values()]):
        region = line.region
        image = instances.get(region.instance_id or 0) if region is not None else None
        if image is not None and region is not None and region.kind in _KINDS:
            box = to_square(bounding(region.kind, region.geometry), way_to_image(image, wanted), wanted.size)
            found[image][line.finding.code].append(box)
    return found


def to_square(box: Square, way: Placement | Way, size: int) -> Square:
    """From image pixels to the network's square; edges, 0 = centre of the first pixel, cut at the square's borders."""
    x, y, w, h = way.to_image(-0.5, -0.5, size, size)
    left, top, wide, high = (box[0] - x) * size / w, (box[1] - y) * size / h, box[2] * size / w, box[3] * size / h
    if isinstance(way, Way) and way.dx < 0:
        left = size - left - wide
    if isinstance(way, Way) and way.dy < 0:
        top = size - top - high
    right, bottom = min(size, left + wide), min(size, top + high)
    left, top = max(0.0, left), max(0.0, top)
    return left - 0.5, top - 0.5, max(right - left, 0.5), max(bottom - top, 0.5)
