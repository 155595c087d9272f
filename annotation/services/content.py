"""What a reader says about a case, as the room sends it: typed and checked once, at the edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from annotation.models import Finding
from core.errors import Invalid
from core.models import Project
from imaging.models import Instance, Study

MINIMUM_BOX = 2.0
"""Image pixels; smaller boxes are slips of the hand."""
Side = Literal["", "left", "right", "both"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SuggestionAct(_Strict):
    """What the reader did with a suggestion that was shown."""

    id: str = Field(max_length=80)
    act: Literal["accepted", "rejected", "corrected"]


class FindingAnswer(_Strict):
    state: Literal["present", "absent", "equivocal"]
    grade: int | None = Field(None, ge=0, le=20)
    laterality: Side = ""
    suggestion: SuggestionAct | None = None


class Box(_Strict):
    """Image pixels, 0 = centre of the first pixel; x, y are the left and top edges."""

    x: float
    y: float
    w: Annotated[float, Field(gt=0)]
    h: Annotated[float, Field(gt=0)]


class RegionAnswer(_Strict):
    track: UUID
    finding_id: int
    instance_id: int
    frame: int = Field(0, ge=0)
    kind: Literal["box"] = "box"
    geometry: Box
    laterality: Side = ""
    suggestion: SuggestionAct | None = None


class NotAssessable(_Strict):
    reason: str = Field(min_length=1, max_length=300)


class Content(_Strict):
    findings: dict[int, FindingAnswer] = Field(default_factory=dict)
    regions: list[RegionAnswer] = Field(default_factory=list, max_length=500)
    not_assessable: NotAssessable | None = None
    no_finding: bool = False
    comment: str = Field("", max_length=4000)


@dataclass(frozen=True)
class CaseBounds:
    """What a content may refer to."""

    findings: dict[int, Finding]
    instances: dict[int, Instance]


def case_bounds(*, project: Project, study: Study) -> CaseBounds:
    return CaseBounds(
        {f.pk: f for f in Finding.objects.active().filter(project=project)},
        {i.pk: i for i in Instance.objects.filter(series__study=study)},
    )


def parse_content(data: Any) -> Content:
    """Raises Invalid naming the first field that is wrong."""
    try:
        return Content.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "content"
        raise Invalid(f"{where}: {first['msg']}", field=where) from None


def check_content(content: Content, bounds: CaseBounds) -> None:
    """Every reference exists, every box lies in its image. Raises Invalid with the remedy."""
    for finding_id, answer in content.findings.items():
        finding = bounds.findings.get(finding_id)
        if finding is None:
            raise Invalid("A finding on this form has been retired meanwhile. Reload the case.", finding=finding_id)
        if answer.grade is not None and answer.grade >= len(finding.grades):
            raise Invalid(f"{finding.name} has no grade {answer.grade}.", finding=finding_id)
    tracks = [region.track for region in content.regions]
    if len(tracks) != len(set(tracks)):
        raise Invalid("Two boxes carry the same track id.")
    for region in content.regions:
        _check_region(region, bounds)
    if content.no_finding and (content.regions or any(a.state != "absent" for a in content.findings.values())):
        raise Invalid("'No finding' contradicts a finding or a box on this case. Remove one of them.")


def _check_region(region: RegionAnswer, bounds: CaseBounds) -> None:
    if region.finding_id not in bounds.findings:
        raise Invalid("A box belongs to a finding that is not on this form.", track=str(region.track))
    instance = bounds.instances.get(region.instance_id)
    if instance is None or region.frame >= instance.frames:
        raise Invalid("A box belongs to an image that is not in this study.", track=str(region.track))
    box = region.geometry
    if box.w < MINIMUM_BOX or box.h < MINIMUM_BOX:
        small = f"A box is smaller than {MINIMUM_BOX:g} pixels. Delete it or draw it larger."
        raise Invalid(small, track=str(region.track))
    inside = box.x >= -0.5 and box.y >= -0.5 and box.x + box.w <= instance.columns - 0.5 + 1e-6
    if not inside or box.y + box.h > instance.rows - 0.5 + 1e-6:
        raise Invalid("A box reaches beyond its image. Move it back inside.", track=str(region.track))
