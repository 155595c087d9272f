"""All images of a study as its views, in the same order in every study."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from imaging.models import Instance

if TYPE_CHECKING:
    from learning.recipe_parts import InputPart
    from learning.toolkit.studies import ViewList


def views_of(
    instances: Sequence[Instance], input: InputPart, read: Callable[[Sequence[Instance]], Any]
) -> ViewList:
    """One row for each of `instances`: the images of its study, of its modality, as N x V x H x W.

    Ordered by view position, side, series and number, so that a place means the same in every study; a study with fewer
    images than `input.views` has absent views, one with more keeps the first. `read` gives images' pixels.
    """
    from learning.toolkit.studies import ViewList

    groups = studies_of(instances)
    everything = list({image.pk: image for group in groups.values() for image in group}.values())
    place = {image.pk: number for number, image in enumerate(everything)}
    rows = [[place[image.pk] for image in groups[_study(instance)]] for instance in instances]
    return ViewList(read(everything), rows, input.views)


def studies_of(instances: Sequence[Instance]) -> dict[tuple[int, str], list[Instance]]:
    """(study, modality) → its images, in the order of views."""
    wanted = {_study(instance) for instance in instances}
    found = Instance.objects.filter(
        series__study__in={study for study, _ in wanted}, series__modality__in={modality for _, modality in wanted}
    ).select_related("series").order_by(
        "series__view_position", "series__laterality", "series__number", "series_id", "number", "pk"
    )
    groups: dict[tuple[int, str], list[Instance]] = defaultdict(list)
    for image in found:
        groups[_study(image)].append(image)
    return groups


def rows_by_study(instances: Sequence[Instance], origins: Sequence[str]) -> list[list[int]]:
    """Rows of images that are one example: those of one study, modality and origin."""
    groups: dict[tuple[tuple[int, str], str], list[int]] = defaultdict(list)
    for number, (instance, origin) in enumerate(zip(instances, origins, strict=True)):
        groups[_study(instance), origin].append(number)
    return list(groups.values())


def _study(instance: Instance) -> tuple[int, str]:
    return instance.series.study_id, instance.series.modality
