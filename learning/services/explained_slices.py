"""Which images of a study a plane of a network's map is laid over, and where on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.models import Instance, Volume
from imaging.pixels import Placement
from imaging.way import Way
from learning.recipe_parts import InputPart
from learning.services.evidence import place_on


@dataclass(frozen=True)
class Shown:
    """A plane's number in the map, the images it is laid over (primary keys), and the way to their pixels."""

    plane: int
    instances: list[int]
    way: Placement | Way


def shown_on(instance: Instance, input: InputPart, planes: int) -> list[Shown]:
    """An image's only plane on itself; of a volume each plane on the slices nearest to it.

    Slices beyond the outermost planes, which the network never saw, have none. Empty where planes are no slices
    (coronal ones, projections, volumes that were turned).
    """
    found = [(number, place_on(instance, input, (number + 0.5) / planes)) for number in range(planes)]
    placed = [(number, one[0], one[1]) for number, one in found if one is not None]
    if not placed:
        return []
    if not input.is_volume:
        return [Shown(0, [instance.pk], placed[0][2])]
    uids = Volume.objects.get(series=instance.series_id).sop_uids
    keys = dict(Instance.objects.filter(sop_uid__in=uids).values_list("sop_uid", "pk"))
    place = {uid: n for n, uid in enumerate(uids)}
    nearest = _nearest(len(uids), np.array([place[one.sop_uid] for _, one, _ in placed]))
    return [
        Shown(number, [keys[uids[slice_]] for slice_ in np.flatnonzero(nearest == n) if uids[slice_] in keys], way)
        for n, (number, _, way) in enumerate(placed) if (nearest == n).any()
    ]


def _nearest(slices: int, at: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Per slice the plane (by index into `at`, places of planes among the slices) nearest to it; -1 for none.

    Planes that were padded beyond a volume's end lie on its last slice, too: of several the middle one counts.
    """
    reach = -(-int(np.median(np.abs(np.diff(at)))) // 2) if len(at) > 1 else 1
    away = np.abs(np.arange(slices)[:, None] - at[None])
    off_middle = np.abs(np.arange(len(at)) - (len(at) - 1) / 2)
    chosen = (away + off_middle / (2 * len(at))).argmin(axis=1)
    return np.where(away.min(axis=1) > reach, -1, chosen)
