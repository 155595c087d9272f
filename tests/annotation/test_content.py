"""What a reader may send: one row per mistake."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from annotation.services.content import case_bounds, check_content, parse_content
from annotation.services.schema import create_finding
from core.errors import Invalid
from core.models import Project
from imaging.models import Study
from tests.annotation.bare import bare_study, image_of
from tests.factories import make_findings, make_project

pytestmark = pytest.mark.django_db


class Case:
    """A study of one 64 × 48 image and a form with a binary and a graded finding."""

    def __init__(self) -> None:
        self.project: Project = make_project()
        self.nodule = make_findings(self.project, ["nodule"])["nodule"].pk
        self.edema = create_finding(
            project=self.project, user=None, name="edema", kind="ordinal", grades=["none", "mild", "severe"]
        ).pk
        self.study: Study = bare_study(self.project)
        self.image = image_of(self.study).pk

    def box(self, x: float = 0, y: float = 0, w: float = 10, h: float = 10, **fields: Any) -> dict[str, Any]:
        geometry = {"x": x, "y": y, "w": w, "h": h}
        return {
            "track": str(uuid4()), "finding_id": self.nodule, "instance_id": self.image, "geometry": geometry, **fields
        }

    def check(self, said: Any) -> None:
        check_content(parse_content(said), case_bounds(project=self.project, study=self.study))


@pytest.fixture
def case() -> Case:
    return Case()


GOOD = {
    "nothing yet": lambda c: {},
    "one answer": lambda c: {"findings": {str(c.nodule): {"state": "present", "laterality": "left"}}},
    "a grade": lambda c: {"findings": {str(c.edema): {"state": "present", "grade": 2}}},
    "a box that fills the image": lambda c: {"regions": [c.box(-0.5, -0.5, 48, 64)]},
    "a box at the lower right edge": lambda c: {"regions": [c.box(45.5, 61.5, 2, 2)]},
    "no finding with absents": lambda c: {"no_finding": True, "findings": {str(c.nodule): {"state": "absent"}}},
    "not assessable": lambda c: {"not_assessable": {"reason": "motion"}},
    "two boxes": lambda c: {"regions": [c.box(), c.box(20, 20)]},
}
BAD = {
    "a word for a form": (lambda c: "present", "content"),
    "an unknown field": (lambda c: {"verdict": 1}, "verdict"),
    "an unknown state": (lambda c: {"findings": {str(c.nodule): {"state": "maybe"}}}, "state"),
    "a finding that is no number": (lambda c: {"findings": {"nodule": {"state": "present"}}}, "findings.nodule"),
    "a finding of another form": (lambda c: {"findings": {"999999": {"state": "present"}}}, "retired meanwhile"),
    "a grade beyond the scale": (
        lambda c: {"findings": {str(c.edema): {"state": "present", "grade": 3}}}, "edema has no grade 3"),
    "a grade on a binary finding": (
        lambda c: {"findings": {str(c.nodule): {"state": "present", "grade": 0}}}, "nodule has no grade 0"),
    "a negative grade": (lambda c: {"findings": {str(c.edema): {"state": "present", "grade": -1}}}, "grade"),
    "an unknown side": (
        lambda c: {"findings": {str(c.nodule): {"state": "present", "laterality": "up"}}}, "laterality"),
    "a box of another image": (lambda c: {"regions": [c.box(instance_id=999999)]}, "not in this study"),
    "a box on a frame that is not there": (lambda c: {"regions": [c.box(frame=1)]}, "not in this study"),
    "a box without a finding": (lambda c: {"regions": [c.box(finding_id=999999)]}, "not on this form"),
    "a slip of the hand": (lambda c: {"regions": [c.box(w=1.9)]}, "smaller than 2 pixels"),
    "a flat box": (lambda c: {"regions": [c.box(h=0)]}, "geometry.h"),
    "a box over the left edge": (lambda c: {"regions": [c.box(x=-0.6)]}, "beyond its image"),
    "a box over the top edge": (lambda c: {"regions": [c.box(y=-0.6)]}, "beyond its image"),
    "a box over the right edge": (lambda c: {"regions": [c.box(x=38)]}, "beyond its image"),
    "a box over the lower edge": (lambda c: {"regions": [c.box(y=54)]}, "beyond its image"),
    "a box of no numbers": (lambda c: {"regions": [c.box(x=float("nan"))]}, "geometry.x: .* finite"),
    "an endless box": (lambda c: {"regions": [c.box(w=float("inf"))]}, "geometry.w: .* finite"),
    "one track twice": (
        lambda c: {"regions": [c.box(track="7d1cbb83-1b6f-4b6a-9b5a-0f3a5a2f3b11")] * 2}, "same track"),
    "a track that is no id": (lambda c: {"regions": [c.box(track="seven")]}, "track"),
    "a shape we do not draw": (lambda c: {"regions": [c.box(kind="star")]}, "kind"),
    "too many boxes": (lambda c: {"regions": [c.box() for _ in range(501)]}, "regions"),
    "no finding and a finding": (
        lambda c: {"no_finding": True, "findings": {str(c.nodule): {"state": "present"}}}, "contradicts"),
    "no finding and a doubt": (
        lambda c: {"no_finding": True, "findings": {str(c.nodule): {"state": "equivocal"}}}, "contradicts"),
    "no finding and a box": (lambda c: {"no_finding": True, "regions": [c.box()]}, "contradicts"),
    "not assessable without a reason": (lambda c: {"not_assessable": {"reason": ""}}, "reason"),
    "a novel": (lambda c: {"comment": "x" * 4001}, "comment"),
    "an act we do not know": (
        lambda c: {"findings": {str(c.nodule): {"state": "absent", "suggestion": {"id": "1", "act": "liked"}}}}, "act"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_makes_sense_is_taken(case: Case, name: str) -> None:
    case.check(GOOD[name](case))


@pytest.mark.parametrize("name", BAD)
def test_what_makes_no_sense_is_refused_and_named(case: Case, name: str) -> None:
    said, words = BAD[name]
    with pytest.raises(Invalid, match=words) as refused:
        case.check(said(case))
    assert refused.value.message


def test_a_retired_finding_is_off_the_form(case: Case) -> None:
    from annotation.models import Finding
    from annotation.services.schema import archive_finding

    archive_finding(finding=Finding.objects.get(pk=case.nodule), user=None)
    with pytest.raises(Invalid, match="Reload the case"):
        case.check({"findings": {str(case.nodule): {"state": "present"}}})
