"""On which images a mark lies: its own, or for a 3-D box every slice from the first to the last."""

from __future__ import annotations

from annotation.models import Region
from imaging.models import Instance, Volume

Slice = tuple[int, int]
"""(instance, frame)"""


class Spans:
    """Asks for the order of a series' slices once."""

    def __init__(self) -> None:
        self._orders: dict[int, list[Slice]] = {}

    def of(self, region: Region) -> list[Slice]:
        """In order; empty for a mark on a plane through a volume."""
        if region.instance_id is None:
            return []
        here = (region.instance_id, region.frame)
        if region.kind != "box3d" or region.series_id is None:
            return [here]
        order = self._order(region.series_id)
        last = region.geometry["last"]
        ends = sorted((order.index(here), order.index((last["instance_id"], last["frame"]))))
        return order[ends[0]:ends[1] + 1]

    def _order(self, series: int) -> list[Slice]:
        """By position in the volume where it was made one, else by instance number."""
        if series not in self._orders:
            images = {i.sop_uid: i for i in Instance.objects.filter(series=series).only("sop_uid", "frames", "number")}
            volume = Volume.objects.filter(series=series).values_list("sop_uids", flat=True).first() or []
            if set(volume) != set(images):
                volume = list(images)
            placed = [images[uid] for uid in volume]
            self._orders[series] = [(image.pk, frame) for image in placed for frame in range(image.frames)]
        return self._orders[series]
