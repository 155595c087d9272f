"""Where on a patient's images a model's evidence lies: boxes and coarse maps, in pixels of the slice they are on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from imaging.models import Instance, Volume
from imaging.pixels import Placement, way_to_image
from imaging.prepared_volume import plane_of
from imaging.way import Way
from learning.models import HeatMap
from learning.recipe_parts import InputPart
from learning.services.heat_maps import heat_maps_of
from learning.toolkit.tasks import finding_of
from learning.toolkit.volumes import preparation_of

if TYPE_CHECKING:
    from learning.toolkit.box_head import BoxHead
    from learning.toolkit.localise import ActivationBox

ACTIVATION, LEARNED = "class activation", "learned from readers' boxes"
LEARNED_FROM = 0.1
"""A finding may be suggested as present from a probability well below one half on; which, its threshold decides."""
BOX_FROM = 0.5
BOX_UP_TO = 0.35
"""Share of the image: a larger box points nowhere, and is no help to a reader."""
Table = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """Boxes by row of the instances, and maps by instance."""

    boxes: dict[int, list[dict[str, Any]]]
    maps: dict[int, list[HeatMap]]


def evidence_of(
    model: Any, pixels: Any, instances: Sequence[Instance], findings: Sequence[str], probabilities: Table,
    head: BoxHead | None = None,
) -> Evidence:
    """Nothing for a network that has no maps, and for views that are no slices (projections, coronal planes).

    head  where readers' boxes taught some (learning.services.taught_boxes).
    """
    from learning.toolkit.localise import class_activation

    if not model.has_maps or model.input.volume == "views":
        return Evidence({}, {})
    maps = class_activation(model, pixels)
    boxes: dict[int, list[dict[str, Any]]] = {}
    for box, how in boxes_on(model, pixels, maps, findings, probabilities, head):
        placed = place_on(instances[box.row], model.input, _share(box.plane, maps))
        if placed is not None:
            told = _box(*placed, box, findings[box.column], float(probabilities[box.row, box.column]))
            boxes.setdefault(box.row, []).append(told | {"how": how})
    return Evidence(boxes, _maps(model.input, maps, instances, findings, probabilities))


def boxes_on(
    model: Any, pixels: Any, maps: Any, findings: Sequence[str], probabilities: Table, head: BoxHead | None
) -> list[tuple[ActivationBox, str]]:
    """Boxes in the network's square, each with how it came about: learned where readers taught it, else activation."""
    from learning.toolkit.box_head import maps_of
    from learning.toolkit.localise import activation_boxes

    table = probabilities.astype(np.float32)
    weak = activation_boxes(maps, table, size=model.input.size, least=BOX_FROM, most=BOX_UP_TO)
    if head is None:
        return [(box, ACTIVATION) for box in weak]
    learned = head.boxes(maps_of(model, pixels), table, findings, least=LEARNED_FROM)
    rest = [box for box in weak if finding_of(findings[box.column]) not in head.findings]
    return [(box, LEARNED) for box in learned] + [(box, ACTIVATION) for box in rest]


def _share(plane: int, maps: Any) -> float:
    """Where along the depth a plane of the maps lies, 0 to 1."""
    return (plane + 0.5) / maps.shape[2] if maps.ndim == 5 else 0.5


def place_on(instance: Instance, input: InputPart, share: float) -> tuple[Instance, Placement | Way] | None:
    wanted = preparation_of(input)
    return plane_of(instance, wanted, share) if wanted.is_volume else (instance, way_to_image(instance, wanted))


def _box(shown: Instance, way: Placement | Way, box: Any, finding: str, probability: float) -> dict[str, Any]:
    """From the network's square to the image's own pixels, cut at its borders."""
    x, y, w, h = way.to_image(box.x, box.y, box.w, box.h)
    left, top = max(-0.5, x), max(-0.5, y)
    right, bottom = min(shown.columns - 0.5, x + w), min(shown.rows - 0.5, y + h)
    return {
        "finding": finding, "x": round(left, 2), "y": round(top, 2), "w": round(max(2.0, right - left), 2),
        "h": round(max(2.0, bottom - top), 2), "probability": round(probability, 4), "instance_id": shown.pk,
    }


def _maps(
    input: InputPart, maps: Any, instances: Sequence[Instance], findings: Sequence[str], probabilities: Table
) -> dict[int, list[HeatMap]]:
    """Of a volume the map of the plane that lies nearest to the slice that stands for it, if there is one."""
    made = {}
    for row, instance in enumerate(instances):
        flat, placed = maps[row], place_on(instance, input, 0.5)
        if placed is None:
            continue
        if flat.ndim == 4:
            found = _plane_of_own(instance, input, flat.shape[1])
            if found is None:
                continue
            number, way = found
            flat = flat[:, number]
        else:
            way = placed[1]
        x, y, w, h = way.to_image(-0.5, -0.5, input.size, input.size)
        made[instance.pk] = heat_maps_of(
            findings=findings, probabilities=probabilities[row], maps=unmirrored(flat, way), place=(x, y, w, h)
        )
    return made


def _plane_of_own(instance: Instance, input: InputPart, planes: int) -> tuple[int, Placement | Way] | None:
    """The plane of the maps whose slice lies nearest to the instance, and its way to pixels."""
    place = {uid: n for n, uid in enumerate(Volume.objects.get(series=instance.series_id).sop_uids)}
    own = place.get(instance.sop_uid, len(place) // 2)
    found = [(number, place_on(instance, input, (number + 0.5) / planes)) for number in range(planes)]
    near = [(abs(place[placed[0].sop_uid] - own), number, placed[1]) for number, placed in found if placed is not None]
    return min(near, key=lambda one: one[:2])[1:] if near else None


def unmirrored(maps: Any, way: Placement | Way) -> Any:
    """Cells in the order of the image's own pixels."""
    if not isinstance(way, Way):
        return maps
    return maps[..., :: -1 if way.dy < 0 else 1, :: -1 if way.dx < 0 else 1]
