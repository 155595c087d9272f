"""Readers talk about a case; what one says never reaches another's unaided answer."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Comment, ReservedCase, ReservedSet, WorklistItem
from annotation.services.comments import LONGEST, add_comment
from imaging.models import Instance, Study
from imaging.services.patients import withdraw_patient
from tests.factories import Team, make_findings, make_studies, make_team, make_worklist, open_next, signed_in, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    made = make_team()
    make_findings(made.project, ["nodule"])
    return made


@pytest.fixture
def study(team: Team) -> Study:
    return make_studies(team.project, 1)[0]


def address(team: Team, study: Study) -> str:
    return f"/api/projects/{team.project.slug}/studies/{study.uid}/comments/"


def texts(team: Team, study: Study, role: str) -> list[str]:
    answer = signed_in(team.person(role)).get(address(team, study))
    assert answer.status_code == 200
    return [row["text"] for row in answer.json()]


def test_a_comment_is_pinned_answered_and_settled(team: Team, study: Study) -> None:
    instance = Instance.objects.get(series__study=study)
    spot = {"instance": instance.pk, "x": 3.5, "y": 0.0, "frame": 0}
    said = signed_in(team.annotator).post(
        address(team, study), {"text": " Nodule? ", "asked": team.reviewer.username, **spot}, format="json"
    ).json()
    assert (said["text"], said["asked"], said["x"]) == ("Nodule?", team.reviewer.username, 3.5)
    asked = f"/api/projects/{team.project.slug}/comments/asked/"
    reviewer = signed_in(team.reviewer)
    assert [row["text"] for row in reviewer.get(asked).json()] == ["Nodule?"]
    reply = reviewer.post(address(team, study), {"text": "A vessel.", "reply_to": said["id"]}, format="json").json()
    assert reply["reply_to"] == said["id"]
    settled = reviewer.post(f"/api/comments/{said['id']}/resolve/").json()
    assert settled["resolved_by"] == team.reviewer.username
    assert reviewer.get(asked).json() == []
    assert reviewer.post(f"/api/comments/{said['id']}/reopen/").json()["resolved_at"] is None


@pytest.mark.parametrize(("change", "field"), [
    pytest.param({"text": "  "}, "text", id="empty"),
    pytest.param({"text": "x" * (LONGEST + 1)}, "text", id="too long"),
    pytest.param({"x": 1.0}, "spot", id="half a spot"),
    pytest.param({"instance": 10**9, "x": 1.0, "y": 1.0}, "spot", id="an image of nowhere"),
    pytest.param({"at": (1e6, 1.0)}, "spot", id="outside the image"),
    pytest.param({"asked": "nobody"}, "asked", id="a stranger"),
    pytest.param({"asked": "researcher"}, "asked", id="who does not read"),
])
def test_what_cannot_be_said_is_refused_with_its_field(
    team: Team, study: Study, change: dict[str, Any], field: str
) -> None:
    body: dict[str, Any] = {"text": "Look."} | change
    if "at" in body:
        body["x"], body["y"] = body.pop("at")
        body["instance"] = Instance.objects.get(series__study=study).pk
    if body.get("asked") == "researcher":
        body["asked"] = team.researcher.username
    answer = signed_in(team.annotator).post(address(team, study), body, format="json")
    assert answer.status_code == 400
    assert field in str(answer.json())
    assert not Comment.objects.exists()


@pytest.mark.parametrize(("mode", "always_unaided", "before"), [
    ("unaided", False, []), ("second_reader", False, []), ("concurrent", True, []),
    ("concurrent", False, ["Effusion!"]),
])
def test_others_comments_wait_for_the_own_unaided_answer(
    team: Team, study: Study, mode: str, always_unaided: bool, before: list[str]
) -> None:
    worklist = make_worklist(team.project, [study], mode=mode, readings_needed=2)
    WorklistItem.objects.filter(worklist=worklist).update(is_always_unaided=always_unaided)
    asking = {"author": team.reviewer, "text": "Effusion!", "asked": team.annotator}
    add_comment(project=team.project, study=study, **asking)  # type: ignore[arg-type]
    assert texts(team, study, "annotator") == before
    waiting = signed_in(team.annotator).get(f"/api/projects/{team.project.slug}/comments/asked/").json()
    assert [row["text"] for row in waiting] == (before or [None])
    assert texts(team, study, "researcher") == ["Effusion!"]
    submit(open_next(worklist, team.annotator))
    assert texts(team, study, "annotator") == ["Effusion!"]


def test_others_comments_on_a_reserved_case_wait_before_it_is_on_any_list(team: Team, study: Study) -> None:
    chosen = ReservedSet.objects.create(project=team.project, purpose="gate", seed=1)
    ReservedCase.objects.create(project=team.project, reserved_set=chosen, study=study)
    add_comment(project=team.project, study=study, author=team.reviewer, text="Effusion!")
    assert texts(team, study, "annotator") == []
    assert texts(team, study, "reviewer") == ["Effusion!"]


def test_comments_go_with_their_patient(team: Team, study: Study) -> None:
    add_comment(project=team.project, study=study, author=team.annotator, text="Look.")
    withdraw_patient(patient=study.patient, user=team.manager)
    assert not Comment.objects.exists()
