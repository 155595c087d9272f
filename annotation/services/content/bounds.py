"""What a content may refer to: the form's findings, the study's series and images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from annotation.models import Finding
from core.models import Project
from imaging.models import Instance, Series, Study


class ImageSize(NamedTuple):
    """Of an image, what marks must fit."""

    rows: int
    columns: int
    frames: int
    series_id: int


@dataclass(frozen=True)
class CaseBounds:
    findings: dict[int, Finding]
    instances: dict[int, ImageSize]
    series: dict[int, str]
    """Series → UID of its frame of reference, empty where it has none."""


def case_bounds(*, project: Project, study: Study) -> CaseBounds:
    images = Instance.objects.filter(series__study=study).order_by()
    rows = images.values_list("pk", "rows", "columns", "frames", "series_id")
    return CaseBounds(
        {f.pk: f for f in Finding.objects.active().filter(project=project)},
        {pk: ImageSize(*size) for pk, *size in rows},
        dict(Series.objects.filter(study=study).order_by().values_list("pk", "frame_of_reference_uid")),
    )
