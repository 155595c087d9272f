"""What exporting a mark needs beside its row: pixels of masks, spacing of its image, names of slices."""

from __future__ import annotations

from functools import lru_cache

from annotation.geometry import runs
from annotation.geometry.measures import Spacing, measures, spacing_of
from annotation.models import Region
from annotation.services.masks import runs_of
from imaging.models import Instance


class Kept:
    """Asks for each thing once."""

    def __init__(self) -> None:
        self.spacing = lru_cache(maxsize=2000)(_spacing)
        self.sop_uid = lru_cache(maxsize=2000)(_sop_uid)

    def runs(self, region: Region) -> runs.Runs | None:
        """Run lengths of a mask, None of other kinds. Raises FileNotFoundError when they are not on disk."""
        return runs_of(region) if region.kind == "mask" else None

    def measures(self, region: Region) -> dict[str, float | str]:
        """In mm and mm²; `spacing` says where they hold: in the patient, or at the detector, which is larger."""
        spacing = None if region.instance_id is None else self.spacing(region.instance_id)
        found: dict[str, float | str] = dict(measures(region.kind, region.geometry, spacing))
        if found:
            found["spacing"] = "detector" if spacing is not None and spacing.at_detector else "patient"
        return found


def _spacing(instance: int) -> Spacing | None:
    return spacing_of(Instance.objects.values_list("metadata", flat=True).get(pk=instance))


def _sop_uid(instance: int) -> str:
    return Instance.objects.values_list("sop_uid", flat=True).get(pk=instance)
