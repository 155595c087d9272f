"""Which images of a project a 2-D network learns from, and their pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from core.models import Project
from imaging.models import Instance, Study

FAMILIES: dict[str, frozenset[str]] = {
    "radiographs": frozenset(["CR", "DX", "OT", "PX", "RF", "RG", "XA", "MG", "IO", "SC"]),
    "cross-sections": frozenset(["CT", "MR", "PT", "NM"]),
    "ultrasound": frozenset(["US"]),
}


def family_of(project: Project) -> str:
    """The family of modalities that most of the project's studies belong to: one network does not learn them all."""
    counts = {
        name: Study.objects.filter(projects=project, series__modality__in=modalities).distinct().count()
        for name, modalities in FAMILIES.items()
    }
    return max(counts, key=lambda name: counts[name])


def images_of(project: Project, studies: Iterable[int]) -> dict[int, list[Instance]]:
    """Study → the images that stand for it: every radiograph, or the middle slice of each series of cross-sections."""
    family = family_of(project)
    found = Instance.objects.filter(
        series__study__in=list(studies), series__modality__in=FAMILIES[family],
        series__study__patient__withdrawn_at=None,
    ).select_related("series__study__patient").order_by("series_id", "number", "pk")
    by_series: dict[int, list[Instance]] = defaultdict(list)
    for instance in found:
        by_series[instance.series_id].append(instance)
    images: dict[int, list[Instance]] = defaultdict(list)
    for instances in by_series.values():
        chosen = instances if family != "cross-sections" else [instances[len(instances) // 2]]
        images[chosen[0].series.study_id] += chosen
    return dict(images)


def pixels_of(instances: Iterable[Instance], size: int, progress: Any = lambda fraction: None) -> Any:
    """The images' pixels as a memory-mapped view, decoded where that was not done yet."""
    from imaging.pixels import PixelStore

    wanted = list(instances)
    store = PixelStore(size)
    store.ensure(wanted, progress)
    return store.rows([i.sop_uid for i in wanted])
