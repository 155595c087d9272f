"""What a reader says about a case: typed once, at the edge. Old drafts, which say less, stay valid."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from annotation.services.content.shapes import (
    BidirectionalOrWorld,
    Box3d,
    BoxOrWorld,
    EllipseOrWorld,
    LengthOrWorld,
    Mask,
    PointOrWorld,
    PolygonOrWorld,
    Strict,
)
from core.errors import Invalid

Side = Literal["", "left", "right", "both"]
State = Literal["present", "absent", "equivocal"]
Grade = Annotated[int | None, Field(ge=0, le=20)]
Note = Annotated[str, Field(max_length=300)]
Place = Annotated[str, Field(max_length=80)]


class SuggestionAct(Strict):
    """What the reader did with a suggestion that was shown."""

    id: str = Field(max_length=80)
    act: Literal["accepted", "rejected", "corrected"]


class FindingAnswer(Strict):
    """The study's answer. `all_marked`: whether every instance is marked; null when the reader has not said."""

    state: State
    grade: Grade = None
    laterality: Side = ""
    location: Place = ""
    note: Note = ""
    all_marked: bool | None = None
    suggestion: SuggestionAct | None = None


class LevelAnswer(Strict):
    """A finding on one series or on one image (frame) of it: exactly one of series_id and instance_id."""

    finding_id: int
    series_id: int | None = None
    instance_id: int | None = None
    frame: int = Field(0, ge=0)
    state: State
    grade: Grade = None
    laterality: Side = ""
    note: Note = ""


class _Region(Strict):
    track: UUID
    finding_id: int
    instance_id: int | None = None
    frame: int = Field(0, ge=0)
    series_id: int | None = None
    laterality: Side = ""
    grade: Grade = None
    location: Place = ""
    note: Note = ""
    suggestion: SuggestionAct | None = None


class BoxRegion(_Region):
    kind: Literal["box"]
    geometry: BoxOrWorld


class PolygonRegion(_Region):
    kind: Literal["polygon"]
    geometry: PolygonOrWorld


class EllipseRegion(_Region):
    kind: Literal["ellipse"]
    geometry: EllipseOrWorld


class PointRegion(_Region):
    kind: Literal["point"]
    geometry: PointOrWorld


class LengthRegion(_Region):
    kind: Literal["length"]
    geometry: LengthOrWorld


class BidirectionalRegion(_Region):
    kind: Literal["bidirectional"]
    geometry: BidirectionalOrWorld


class Box3dRegion(_Region):
    kind: Literal["box3d"]
    geometry: Box3d


class MaskRegion(_Region):
    kind: Literal["mask"]
    geometry: Mask


RegionAnswer = (
    BoxRegion | PolygonRegion | EllipseRegion | PointRegion | LengthRegion | BidirectionalRegion | Box3dRegion
    | MaskRegion
)
_ONE: TypeAdapter[RegionAnswer] = TypeAdapter(Annotated[RegionAnswer, Field(discriminator="kind")])
_TAGS = {"box", "polygon", "ellipse", "point", "length", "bidirectional", "box3d", "mask", "image", "world"}


class LinkAnswer(Strict):
    """Words of a report tied to a mark: [start, end) of one version of the text, in characters, and what stands there.

    report   which version of which text; a version is never edited, so the place stays true
    at       when the reader linked them, UTC
    """

    track: UUID
    report: int
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    quote: str = Field(min_length=1, max_length=400)
    at: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$")


class NotAssessable(Strict):
    reason: str = Field(min_length=1, max_length=300)


class Content(Strict):
    findings: dict[int, FindingAnswer] = Field(default_factory=dict)
    levels: list[LevelAnswer] = Field(default_factory=list, max_length=2000)
    regions: list[Annotated[RegionAnswer, Field(discriminator="kind")]] = Field(default_factory=list, max_length=500)
    links: list[LinkAnswer] = Field(default_factory=list, max_length=200)
    not_assessable: NotAssessable | None = None
    no_finding: bool = False
    comment: str = Field("", max_length=4000)

    @model_validator(mode="before")
    @classmethod
    def _boxes_need_no_kind(cls, data: Any) -> Any:
        """A region that names no kind is a box, as the first drafts had it."""
        regions = data.get("regions") if isinstance(data, dict) else None
        if not isinstance(regions, list) or all(isinstance(r, dict) and "kind" in r for r in regions):
            return data
        return {**data, "regions": [{"kind": "box", **r} if isinstance(r, dict) else r for r in regions]}


def parse_content(data: Any) -> Content:
    """Raises Invalid naming the first field that is wrong."""
    try:
        return Content.model_validate(data)
    except ValidationError as error:
        raise _named(error, "content") from None


def parse_region(data: Any) -> RegionAnswer:
    """One mark alone. Raises Invalid naming the first field that is wrong."""
    try:
        return _ONE.validate_python(data)
    except ValidationError as error:
        raise _named(error, "mark") from None


def _named(error: ValidationError, whole: str) -> Invalid:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"] if part not in _TAGS) or whole
    return Invalid(f"{where}: {first['msg']}", field=where)
