"""Which images of a project a network learns from, and their pixels as a recipe's input wants them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from core.models import Project
from imaging.models import Instance, Study
from learning.services.study_views import views_of

if TYPE_CHECKING:
    from imaging.dicom.views import Preparation
    from imaging.way import Part
    from learning.recipe_parts import InputPart

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
    """Study → the images that stand for it: every radiograph, or the middle slice of each series of cross-sections.

    Where a recipe reads volumes, that slice stands for its whole series.
    """
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


def pixels_of(
    instances: Iterable[Instance], spec: int | InputPart, progress: Any = lambda fraction: None,
    parts: Mapping[str, Part] | None = None,
) -> Any:
    """The images' pixels as a memory-mapped view, decoded and prepared where that was not done yet.

    spec   a recipe's input, or a size for the whole image in grey; of volumes the series that each image stands for, of
           views the study that it belongs to.
    parts  SOP instance UID → what is cut out of it; images without one are seen whole.
    """
    if not isinstance(spec, int) and spec.volume == "views":
        planar = spec.model_copy(update={"volume": "middle"})
        return views_of(list(instances), spec, lambda images: pixels_of(images, planar, progress, parts))
    from imaging.pixels import PixelStore, key_of

    wanted, cut = list(instances), parts or {}
    store = PixelStore(spec if isinstance(spec, int) else _preparation(spec))
    store.ensure(wanted, progress, cut)
    return store.rows([key_of(i.sop_uid, cut.get(i.sop_uid)) for i in wanted])


def usable(instances: Iterable[Instance], input: InputPart) -> tuple[list[Instance], dict[int, str]]:
    """Those that can be seen as the recipe's input wants, and of the rest (by primary key) why not."""
    from imaging.preparing import why_not

    wanted, kept, left_out = _preparation(input), list[Instance](), dict[int, str]()
    for instance in instances:
        reason = why_not(instance, wanted) if wanted.is_volume or wanted.spacing_mm is not None else ""
        if reason:
            left_out[instance.pk] = reason
        else:
            kept.append(instance)
    return kept, left_out


def left_out_told(reasons: Iterable[str], *, volumes: bool) -> str:
    """`3 series are left out: about 4 of 20 slices are missing (2); …` Empty when none is."""
    counted = Counter(reasons)
    if not counted:
        return ""
    word = "series" if volumes else ("image" if counted.total() == 1 else "images")
    told = "; ".join(f"{why} ({count})" for why, count in counted.most_common(5))
    return f"{counted.total()} {word} {'is' if counted.total() == 1 else 'are'} left out: {told}."


def _preparation(input: InputPart) -> Preparation:
    from learning.toolkit.volumes import preparation_of

    return preparation_of(input)
