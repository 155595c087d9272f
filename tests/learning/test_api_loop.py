"""The loop over REST: what a page needs, starting, stepping, stopping, overriding."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import ReservedSet, Worklist, WorklistItem
from core.models import AuditEvent
from learning.models import Loop, ModelVersion
from tests.factories import Team, make_findings, make_studies, make_team, make_worklist, open_next, signed_in, submit
from tests.learning.rows import GATE, make_loop, make_model, make_turn
from workers.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def worklist(team: Team) -> Worklist:
    return make_worklist(team.project, make_studies(team.project, 3), unaided_share=0)


def url(team: Team, act: str = "") -> str:
    return f"/api/projects/{team.project.slug}/loop/{act}"


def test_before_there_is_a_loop_the_answer_says_what_to_do_first(team: Team) -> None:
    body = signed_in(team.annotator).get(url(team)).json()
    assert (body["settings"], body["story"], body["turns"], body["is_running"]) == (None, None, [], False)
    assert [what.split(" (")[0] for what in body["missing"]] == [
        "Define what is to be found", "Import studies", "Draw the reserved sets", "Make a ranked worklist"]


def test_starting_needs_reserved_sets(team: Team, worklist: Worklist) -> None:
    answer = signed_in(team.researcher).post(url(team))
    assert answer.status_code == 400
    assert "Draw the reserved sets first" in answer.json()["title"]


def test_starting_queues_the_first_teacher_with_the_settings_that_were_sent(team: Team, worklist: Worklist) -> None:
    ReservedSet.objects.create(project=team.project, purpose="gate", seed=1)
    settings = {"query": "entropy", "corrections_per_turn": 4, "rule": "superior", "preset": "quick"}
    body = signed_in(team.researcher).post(url(team), settings).json()
    assert body["is_running"] is True
    assert {key: body["settings"][key] for key in ("query", "corrections_per_turn", "rule", "worklist")} == {
        "query": "entropy", "corrections_per_turn": 4, "rule": "superior", "worklist": worklist.pk}
    assert [job["label"] for job in body["jobs"]] == ["Train the first teacher"]
    assert "superior" in body["rule"]


@pytest.mark.parametrize(("settings", "title"), [
    ({"query": "guess"}, "known: random, entropy"),
    ({"corrections_per_turn": 0}, "corrections_per_turn"),
    ({"pseudolabel_threshold": 0.4}, "pseudolabel_threshold"),
    ({"recipe": {"network": {"name": "huge"}}}, "network.name"),
])
def test_settings_that_no_loop_can_have_are_refused(
    team: Team, worklist: Worklist, settings: dict[str, Any], title: str
) -> None:
    ReservedSet.objects.create(project=team.project, purpose="gate", seed=1)
    answer = signed_in(team.researcher).post(url(team), settings)
    assert answer.status_code == 400
    assert title in answer.json()["title"]
    assert not Loop.objects.exists()


def test_a_loop_ranks_no_reference_worklist_and_no_other_projects(team: Team, worklist: Worklist) -> None:
    ReservedSet.objects.create(project=team.project, purpose="gate", seed=1)
    reference = make_worklist(team.project, [], kind="reference", mode="unaided")
    foreign = make_worklist(make_team().project, [])
    client = signed_in(team.researcher)
    assert client.post(url(team), {"worklist": reference.pk}).status_code == 400
    assert client.post(url(team), {"worklist": foreign.pk}).status_code == 404


def test_a_page_gets_turns_figures_corrections_and_jobs_in_one_answer(team: Team, worklist: Worklist) -> None:
    finding = make_findings(team.project, ["nodule"])["nodule"]
    loop = make_loop(team.project, worklist, corrections_per_turn=5)
    teacher = make_model(team.project, state="champion")
    make_turn(loop, challenger=teacher)
    submit(open_next(worklist, team.annotator), {finding.pk: "present"})
    body = signed_in(team.annotator).get(url(team)).json()
    (turn,) = body["turns"]
    assert (turn["number"], turn["state"], turn["labels_spent"], turn["promoted"]) == (0, "done", 30, True)
    assert turn["gate"] == GATE
    assert turn["challenger"] == {"id": teacher.pk, "number": 1, "state": "champion"}
    assert body["champion"] == turn["challenger"]
    assert (body["corrections_waiting"], body["corrections_per_turn"]) == (1, 5)
    assert "1 of 5 corrections" in body["story"]["corrections"]
    assert body["can_simulate"] is False


def test_why_an_unaided_case_moved_is_withheld_from_who_may_have_to_read_it(team: Team, worklist: Worklist) -> None:
    item = WorklistItem.objects.filter(worklist=worklist).first()
    assert item is not None
    WorklistItem.objects.filter(pk=item.pk).update(is_always_unaided=True)
    loop = make_loop(team.project, worklist)
    make_turn(loop, moved=[{"study": item.study_id, "from": 3, "to": 1, "why": "Nodule 0.51", "label": "P1"}])
    seen = {
        role: signed_in(team.person(role)).get(url(team)).json()["turns"][0]["moved"][0]
        for role in ("annotator", "researcher")
    }
    assert (seen["annotator"]["why"], seen["annotator"]["is_withheld"]) == ("", True)
    assert seen["researcher"]["why"] == "Nodule 0.51"


def test_stepping_twice_is_one_turn_and_stopping_cancels_it(team: Team, worklist: Worklist) -> None:
    make_loop(team.project, worklist)
    client = signed_in(team.researcher)
    first, second = (client.post(url(team, "step/")) for _ in range(2))
    assert first.status_code == 202
    assert first.json()["id"] == second.json()["id"]
    body = client.post(url(team, "stop/")).json()
    assert (body["is_running"], body["jobs"]) == (False, [])
    assert Job.objects.get(pk=first.json()["id"]).state == "cancelled"
    assert client.post(url(team, "step/")).status_code == 409


@pytest.mark.parametrize("act", ["step/", "stop/", "simulate/"])
def test_acts_need_a_loop(team: Team, act: str) -> None:
    answer = signed_in(team.researcher).post(url(team, act))
    assert (answer.status_code, answer.json()["title"]) == (404, "This project has no loop yet. Start it first.")


def test_simulated_readers_are_let_loose_with_a_number(team: Team, worklist: Worklist) -> None:
    loop = make_loop(team.project, worklist)
    answer = signed_in(team.researcher).post(url(team, "simulate/"), {"readings": 6, "turns": 2})
    assert answer.status_code == 202
    payload = Job.objects.get(pk=answer.json()["id"]).payload
    assert payload == {"loop": loop.pk, "readings": 6, "turns": 2}


def test_a_manager_decides_against_the_rule_with_a_note_that_stays(team: Team, worklist: Worklist) -> None:
    loop = make_loop(team.project, worklist)
    champion, challenger = make_model(team.project, state="champion"), make_model(team.project, state="rejected")
    turn = make_turn(loop, champion=champion, challenger=challenger, promoted=False)
    path = f"/api/turns/{turn.pk}/override/"
    assert signed_in(team.researcher).post(path, {"note": "I like it"}).status_code == 403
    assert signed_in(team.manager).post(path, {}).json()["title"].startswith("note: ")
    body = signed_in(team.manager).post(path, {"note": "Better on our scanner"}).json()
    assert (body["promoted"], body["override_note"], body["overridden_by"]) == (
        True, "Better on our scanner", team.manager.username)
    assert ModelVersion.objects.get(state="champion") == challenger
    assert AuditEvent.objects.filter(action="promotion.overridden", actor=team.manager).exists()
