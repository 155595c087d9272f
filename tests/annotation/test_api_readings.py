"""Readings through the API: nothing acknowledged is lost, nobody's answer is another's, nothing leaks early."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import Observation, Reading, ReadingVersion, Slot, Worklist
from core.models import AuditEvent
from imaging.services.patients import withdraw_patient
from tests import factories
from tests.factories import Team, content, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return factories.make_team()


@pytest.fixture
def worklist(team: Team) -> Worklist:
    factories.make_findings(team.project)
    return factories.make_worklist(team.project, factories.make_studies(team.project, 3))


def nodule(team: Team, state: str = "present") -> dict[str, Any]:
    return content({team.project.findings.get(code="nodule").pk: state})


def save(base: int, said: dict[str, Any]) -> dict[str, Any]:
    return {"base_version": base, "content": said, "active_seconds": 2.5}


def take(team: Team, worklist: Worklist) -> tuple[Any, int]:
    client = signed_in(team.annotator)
    answer = client.post(f"/api/worklists/{worklist.pk}/next/").json()
    return client, answer["reading"]


def test_next_gives_the_same_case_until_it_is_submitted(team: Team, worklist: Worklist) -> None:
    client = signed_in(team.annotator)
    first = client.post(f"/api/worklists/{worklist.pk}/next/", {"ahead": 1}).json()
    again = client.post(f"/api/worklists/{worklist.pk}/next/", {"ahead": 1}).json()
    assert first == again
    assert first["progress"] == {"total": 3, "done": 0, "mine": 0}
    assert len(first["ahead"]) == 1
    assert Reading.objects.get(pk=first["ahead"][0]["reading"]).state == "draft"
    client.post(f"/api/readings/{first['reading']}/submit/", save(0, content(no_finding=True)))
    second = client.post(f"/api/worklists/{worklist.pk}/next/").json()
    assert second["reading"] != first["reading"]
    assert (second["reading"], second["draft_version"]) == (first["ahead"][0]["reading"], 0)
    assert Reading.objects.get(pk=second["reading"]).item.study.uid == first["ahead"][0]["study_uid"]
    assert client.get(f"/api/worklists/{worklist.pk}/progress/").json() == {"total": 3, "done": 1, "mine": 1}


def test_a_case_laid_ready_can_be_fetched_and_is_opened_on_record_once(team: Team, worklist: Worklist) -> None:
    client = signed_in(team.annotator)
    ahead = client.post(f"/api/worklists/{worklist.pk}/next/", {"ahead": 1}).json()["ahead"][0]
    for _ in range(2):
        case = client.get(f"/api/readings/{ahead['reading']}/case/")
        assert (case.status_code, case.json()["study"]["uid"]) == (200, ahead["study_uid"])
    openings = AuditEvent.objects.filter(action="study.opened", subject=f"study:{ahead['study_uid']}")
    assert openings.count() == 1


def test_who_is_at_work_keeps_the_cases_laid_ready(team: Team, worklist: Worklist) -> None:
    client = signed_in(team.annotator)
    client.post(f"/api/worklists/{worklist.pk}/next/", {"ahead": 1})
    Slot.objects.update(reserved_until=timezone.now() + timedelta(seconds=1))
    client.post(f"/api/worklists/{worklist.pk}/next/", {"ahead": 1})
    soon = timezone.now() + timedelta(minutes=worklist.reservation_minutes - 1)
    assert Slot.objects.filter(reserved_until__gt=soon).count() == 2


def test_an_empty_list_says_so(team: Team, worklist: Worklist) -> None:
    client = signed_in(team.annotator)
    for _ in range(3):
        pk = client.post(f"/api/worklists/{worklist.pk}/next/").json()["reading"]
        assert client.post(f"/api/readings/{pk}/submit/", save(0, content(no_finding=True))).status_code == 200
    answer = client.post(f"/api/worklists/{worklist.pk}/next/", {"ahead": 2}).json()
    assert (answer["reading"], answer["ahead"]) == (None, [])


def test_a_draft_is_there_when_the_tab_comes_back(team: Team, worklist: Worklist) -> None:
    client, pk = take(team, worklist)
    assert client.put(f"/api/readings/{pk}/draft/", save(0, nodule(team))).json() == {"draft_version": 1}
    seen = signed_in(team.annotator).get(f"/api/readings/{pk}/").json()
    assert (seen["state"], seen["draft_version"], seen["active_seconds"]) == ("draft", 1, 2.5)
    assert next(iter(seen["draft"]["findings"].values()))["state"] == "present"


STALE = [
    # what the other tab did before,   what this tab does,   status, state in the answer
    ("draft", "draft", 409, "draft"),
    ("draft", "submit", 409, "draft"),
    ("submit", "draft", 409, "submitted"),
    ("submit", "submit", 409, "submitted"),
    ("skip", "draft", 409, "skipped"),
    ("skip", "submit", 409, "skipped"),
    ("lock", "draft", 409, "draft"),
    ("lock", "lock", 409, "draft"),
]


@pytest.mark.parametrize(("before", "act", "status", "state"), STALE)
def test_a_stale_tab_gets_both_versions(
    team: Team, worklist: Worklist, before: str, act: str, status: int, state: str
) -> None:
    Worklist.objects.update(mode="second_reader")
    client, pk = take(team, worklist)
    theirs, yours = nodule(team, "absent"), nodule(team, "present")
    first = {"reason": "motion"} if before == "skip" else save(0, theirs)
    answered = (client.put if before == "draft" else client.post)(f"/api/readings/{pk}/{before}/", first)
    assert answered.status_code == 200
    response = (client.put if act == "draft" else client.post)(f"/api/readings/{pk}/{act}/", save(0, yours))
    body = response.json()
    assert (response.status_code, body["code"], body["state"]) == (status, "conflict", state)
    assert body["yours"] == yours
    if before != "skip":
        assert [a["state"] for a in body["theirs"]["findings"].values()] == ["absent"]
        assert body["version"] == 1


def test_the_same_save_twice_is_no_conflict(team: Team, worklist: Worklist) -> None:
    """The answer to the first may have been lost on the way: it was kept, so the second says so."""
    client, pk = take(team, worklist)
    assert client.put(f"/api/readings/{pk}/draft/", save(0, nodule(team))).json() == {"draft_version": 1}
    assert client.put(f"/api/readings/{pk}/draft/", save(0, nodule(team))).json() == {"draft_version": 1}
    assert Reading.objects.get(pk=pk).active_seconds == 2.5


def test_the_same_submit_twice_is_one_version(team: Team, worklist: Worklist) -> None:
    client, pk = take(team, worklist)
    first = client.post(f"/api/readings/{pk}/submit/", save(0, nodule(team)))
    second = client.post(f"/api/readings/{pk}/submit/", save(0, nodule(team)))
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert ReadingVersion.objects.count() == 1
    assert Observation.objects.filter(source__kind="reader").count() == 1


def test_an_amendment_is_a_new_version_and_the_old_one_counts_until_then(team: Team, worklist: Worklist) -> None:
    client, pk = take(team, worklist)
    client.post(f"/api/readings/{pk}/submit/", save(0, nodule(team)))
    opened = client.post(f"/api/readings/{pk}/amend/").json()
    assert opened["state"] == "amending"
    assert Observation.objects.filter(source__kind="reader").get().state == "present"
    again = client.post(f"/api/readings/{pk}/submit/", save(opened["draft_version"], nodule(team, "absent")))
    assert again.json()["version"] == 2
    assert [o.state for o in Observation.objects.filter(source__kind="reader")] == ["present", "absent"]


def test_a_skipped_case_goes_back_and_does_not_return_to_the_reader(team: Team, worklist: Worklist) -> None:
    client, pk = take(team, worklist)
    assert client.post(f"/api/readings/{pk}/skip/", {"reason": ""}).status_code == 400
    assert client.post(f"/api/readings/{pk}/skip/", {"reason": "not a chest"}).json()["state"] == "skipped"
    assert client.post(f"/api/worklists/{worklist.pk}/next/").json()["reading"] != pk
    other = signed_in(team.reviewer).post(f"/api/worklists/{worklist.pk}/next/").json()["reading"]
    assert Reading.objects.get(pk=other).item == Reading.objects.get(pk=pk).item


REASONS = [
    # mode,           act before looking, the reason is told
    ("concurrent", "", True),
    ("unaided", "", False),
    ("unaided", "submit", False),
    ("second_reader", "", False),
    ("second_reader", "draft", False),
    ("second_reader", "lock", True),
]


@pytest.mark.parametrize(("mode", "act", "told"), REASONS)
def test_the_reason_is_withheld_until_the_answer_is_locked(
    team: Team, worklist: Worklist, mode: str, act: str, told: bool
) -> None:
    Worklist.objects.update(mode=mode, unaided_share=0)
    worklist.items.update(is_always_unaided=False)
    client, pk = take(team, worklist)
    if act:
        sent = (client.put if act == "draft" else client.post)(f"/api/readings/{pk}/{act}/", save(0, nodule(team)))
        assert sent.status_code == 200
    own = client.get(f"/api/readings/{pk}/").json()
    history = client.get(f"/api/projects/{team.project.slug}/readings/").json()["results"][0]
    for seen in (own, history):
        assert (seen["reason"] is not None, seen["may_see_suggestions"]) == (told, told)
        assert ("uncertain" in str(seen)) is told
        assert "shown" not in seen


def test_locking_needs_an_answer_and_is_once(team: Team, worklist: Worklist) -> None:
    Worklist.objects.update(mode="second_reader")
    client, pk = take(team, worklist)
    assert client.post(f"/api/readings/{pk}/lock/", save(0, content())).status_code == 400
    assert not client.get(f"/api/readings/{pk}/").json()["is_locked"]
    assert client.post(f"/api/readings/{pk}/lock/", save(0, nodule(team))).json()["is_locked"]
    assert client.post(f"/api/readings/{pk}/lock/", save(0, nodule(team))).json()["is_locked"]
    client.post(f"/api/readings/{pk}/lock/", save(1, nodule(team, "absent")))
    assert next(iter(Reading.objects.get(pk=pk).unaided["findings"].values()))["state"] == "present"


WHO = [
    # who,          looks, acts
    ("annotator", 200, 200),
    ("reviewer", 200, 404),
    ("researcher", 404, 404),
    ("manager", 200, 404),
    ("admin", 200, 404),
    ("stranger", 404, 404),
]


@pytest.mark.parametrize(("who", "looks", "acts"), WHO)
def test_only_its_reader_writes_a_reading(team: Team, worklist: Worklist, who: str, looks: int, acts: int) -> None:
    _, pk = take(team, worklist)
    client = signed_in(team.person(who))
    assert client.get(f"/api/readings/{pk}/").status_code == looks
    assert client.put(f"/api/readings/{pk}/draft/", save(0, nodule(team))).status_code == acts
    assert (Reading.objects.get(pk=pk).draft_version == 1) is (acts == 200)


def test_a_reader_who_leaves_the_project_keeps_no_access(team: Team, worklist: Worklist) -> None:
    client, pk = take(team, worklist)
    team.project.memberships.filter(user=team.annotator).delete()
    assert client.get(f"/api/readings/{pk}/").status_code == 404
    assert client.put(f"/api/readings/{pk}/draft/", save(0, nodule(team))).status_code == 404


def test_a_withdrawn_patients_reading_is_nobodys(team: Team, worklist: Worklist) -> None:
    client, pk = take(team, worklist)
    withdraw_patient(patient=Reading.objects.get(pk=pk).item.study.patient, user=team.manager)
    assert client.get(f"/api/readings/{pk}/").status_code == 404
    assert signed_in(team.manager).get(f"/api/readings/{pk}/").status_code == 404


@pytest.mark.parametrize(
    "broken",
    [
        {"findings": {"999999": {"state": "present"}}},
        {"findings": {"x": {"state": "present"}}},
        {"findings": {}, "extra": 1},
        {"no_finding": "perhaps"},
        {"regions": [{"track": "not a uuid"}]},
        [],
        "text",
        None,
    ],
)
def test_content_that_makes_no_sense_is_refused_and_the_draft_stays(
    team: Team, worklist: Worklist, broken: Any
) -> None:
    client, pk = take(team, worklist)
    client.put(f"/api/readings/{pk}/draft/", save(0, nodule(team)))
    assert client.put(f"/api/readings/{pk}/draft/", save(1, broken)).status_code == 400
    assert Reading.objects.get(pk=pk).draft_version == 1


def test_submitting_nothing_is_refused(team: Team, worklist: Worklist) -> None:
    client, pk = take(team, worklist)
    refused = client.post(f"/api/readings/{pk}/submit/", save(0, content()))
    assert refused.status_code == 400
    assert "Nothing has been said" in refused.json()["title"]
    assert Slot.objects.get().state == "reserved"
    assert not AuditEvent.objects.filter(action="reading.submitted").exists()


def test_history_is_ones_own_and_paged(team: Team, worklist: Worklist) -> None:
    for reader in (team.annotator, team.reviewer):
        factories.submit(factories.open_next(worklist, reader))
    url = f"/api/projects/{team.project.slug}/readings/"
    page = signed_in(team.annotator).get(url, {"page_size": 1}).json()
    assert page["count"] == 1
    assert page["results"][0]["reader"] == team.annotator.username
    assert signed_in(team.annotator).get(url, {"state": "draft"}).json()["count"] == 0
    assert signed_in(team.annotator).get(url, {"worklist": "x"}).status_code == 400
    assert signed_in(team.stranger).get(url).status_code == 404
