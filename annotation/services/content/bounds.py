"""What a content may refer to: the form's findings, the study's series and images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from annotation.models import Finding
from core.models import Project, User
from imaging.models import Instance, Series, Study
from imaging.selectors.priors import prior_studies


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
    earlier: dict[int, ImageSize] = field(default_factory=dict)
    """Images of earlier studies that the reader may see beside this one: marks may lie on them, too."""


def case_bounds(*, project: Project, study: Study, reader: User | None = None) -> CaseBounds:
    """Without a reader, nothing of earlier studies."""
    earlier = [] if reader is None else prior_studies(study=study, project=project, user=reader)
    return CaseBounds(
        {f.pk: f for f in Finding.objects.active().filter(project=project)},
        _sizes([study]),
        dict(Series.objects.filter(study=study).order_by().values_list("pk", "frame_of_reference_uid")),
        _sizes(earlier) if earlier else {},
    )


def _sizes(studies: Iterable[Study]) -> dict[int, ImageSize]:
    images = Instance.objects.filter(series__study__in=[study.pk for study in studies]).order_by()
    return {pk: ImageSize(*size) for pk, *size in images.values_list("pk", "rows", "columns", "frames", "series_id")}
