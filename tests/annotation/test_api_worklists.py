"""Worklists, their queue and the reserved sets through the API."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import ReservedSet, Worklist
from annotation.models import TestOpening as Opening
from annotation.selectors.answers import reserved_answers
from annotation.services.reserve import draw_reserved_sets
from imaging.models import Patient, Study
from tests import factories
from tests.factories import Team, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    made = factories.make_team()
    factories.make_findings(made.project)
    return made


def url(team: Team, what: str) -> str:
    return f"/api/projects/{team.project.slug}/{what}/"


def draw(team: Team, who: str = "manager", **sizes: int) -> Any:
    return signed_in(team.person(who)).post(url(team, "reserved"), {"sizes": sizes, "seed": 3})


def test_a_new_list_hands_out_the_pool_and_later_imports_join_at_its_end(team: Team) -> None:
    factories.make_studies(team.project, 6, split="")
    manager = signed_in(team.manager)
    early = manager.post(url(team, "worklists"), {"name": "Chest", "fill": True})
    assert early.status_code == 400
    assert "Draw the reserved sets first" in early.json()["title"]
    drawn = draw(team, gate=2, calibration=1)
    assert (drawn.status_code, drawn.json()["pool"], drawn.json()["undrawn"]) == (201, 3, 0)
    assert {s["purpose"]: s["cases"] for s in drawn.json()["sets"]} == {"gate": 2, "calibration": 1}
    pk = manager.get(url(team, "worklists")).json()[0]["id"]
    assert manager.post(f"/api/worklists/{pk}/items/", {"all": True}).json() == {"added": 3}
    assert manager.post(f"/api/worklists/{pk}/items/", {"all": True}).json() == {"added": 0}
    before = [case["study_uid"] for case in manager.get(f"/api/worklists/{pk}/queue/").json()]
    late = factories.make_studies(team.project, 2, first=20, split="")
    assert manager.post(f"/api/worklists/{pk}/items/", {"all": True}).json() == {"added": 2}
    after = [case["study_uid"] for case in manager.get(f"/api/worklists/{pk}/queue/").json()]
    assert after[:3] == before
    assert set(after[3:]) == {study.uid for study in late}
    assert all(study.patient.split == "pool" for study in Study.objects.filter(pk__in=[s.pk for s in late]))
    assert signed_in(team.annotator).post(f"/api/worklists/{pk}/next/").json()["reading"] is not None


def test_adding_cases_leaves_what_is_reserved_alone(team: Team) -> None:
    studies = factories.make_studies(team.project, 3)
    worklist = factories.make_worklist(team.project, studies[:2])
    held = factories.open_next(worklist, team.annotator)
    client = signed_in(team.manager)
    assert client.post(f"/api/worklists/{worklist.pk}/items/", {"studies": [studies[2].uid]}).json() == {"added": 1}
    queued = [case["study_uid"] for case in client.get(f"/api/worklists/{worklist.pk}/queue/").json()]
    assert queued == [studies[1].uid, studies[2].uid]
    assert held.item.slots.get().reader == team.annotator
    worklist.refresh_from_db()
    assert (worklist.ranking.query, worklist.ranking.model_version) == ("entropy", "model 1")


def test_a_reference_list_takes_the_reserved_sets_and_is_read_unaided(team: Team) -> None:
    factories.make_studies(team.project, 4, split="")
    draw(team, gate=2)
    client = signed_in(team.manager)
    aided = {"name": "Reference", "kind": "reference", "mode": "concurrent"}
    assert client.post(url(team, "worklists"), aided).status_code == 400
    made = client.post(url(team, "worklists"), {"name": "Reference", "kind": "reference", "fill": True}).json()
    assert (made["mode"], made["progress"]["total"]) == ("unaided", 2)
    pool = Study.objects.filter(patient__split="pool").first()
    refused = client.post(f"/api/worklists/{made['id']}/items/", {"studies": [pool.uid]})
    assert refused.status_code == 400


def test_reserved_studies_never_enter_a_ranked_list(team: Team) -> None:
    factories.make_studies(team.project, 4, split="")
    draw(team, gate=2)
    client = signed_in(team.manager)
    made = client.post(url(team, "worklists"), {"name": "Chest"}).json()
    gate = Study.objects.filter(patient__split="gate").first()
    assert client.post(f"/api/worklists/{made['id']}/items/", {"studies": [gate.uid]}).status_code == 400
    assert client.post(f"/api/worklists/{made['id']}/items/", {"studies": ["1.2.3"]}).status_code == 400
    assert client.post(f"/api/worklists/{made['id']}/items/", {}).status_code == 400
    assert Worklist.objects.get().items.count() == 0


def test_names_are_unique_and_a_closed_list_hands_out_nothing(team: Team) -> None:
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 2), name="Chest")
    client = signed_in(team.manager)
    assert client.post(url(team, "worklists"), {"name": " Chest "}).status_code == 400
    renamed = client.patch(f"/api/worklists/{worklist.pk}/", {"name": "Chest 2", "is_open": False}).json()
    assert (renamed["name"], renamed["is_open"]) == ("Chest 2", False)
    assert signed_in(team.annotator).post(f"/api/worklists/{worklist.pk}/next/").json()["reading"] is None
    assert signed_in(team.reviewer).patch(f"/api/worklists/{worklist.pk}/", {"is_open": True}).status_code == 403


QUEUE = [
    # who,          mode,          status, told why
    ("annotator", "concurrent", 403, False),
    ("researcher", "concurrent", 200, True),
    ("researcher", "unaided", 200, True),
    ("reviewer", "concurrent", 200, True),
    ("reviewer", "unaided", 200, False),
    ("manager", "second_reader", 200, False),
    ("stranger", "concurrent", 404, False),
]


@pytest.mark.parametrize(("who", "mode", "status", "told"), QUEUE)
def test_who_may_yet_read_a_case_is_not_told_why_it_waits(
    team: Team, who: str, mode: str, status: int, told: bool
) -> None:
    studies = factories.make_studies(team.project, 2)
    worklist = factories.make_worklist(team.project, studies, mode=mode, unaided_share=0)
    answer = signed_in(team.person(who)).get(f"/api/worklists/{worklist.pk}/queue/?count=1")
    assert answer.status_code == status
    if status == 200:
        (case,) = answer.json()
        assert case["study_uid"] == studies[0].uid
        assert (case["reason"] is not None, case["priority"] is not None) == (told, told)


def test_items_are_listed_with_who_far_they_are(team: Team) -> None:
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 2), readings_needed=2)
    factories.submit(factories.open_next(worklist, team.annotator))
    rows = signed_in(team.researcher).get(f"/api/worklists/{worklist.pk}/items/").json()["results"]
    assert [(r["slots_total"], r["slots_taken"], r["slots_done"]) for r in rows] == [(2, 1, 1), (2, 0, 0)]
    assert signed_in(team.annotator).get(f"/api/worklists/{worklist.pk}/items/").status_code == 403


def test_the_sets_are_drawn_once_by_a_manager(team: Team) -> None:
    factories.make_studies(team.project, 4, split="")
    assert draw(team, "researcher", gate=1).status_code == 403
    assert draw(team, gate=9).status_code == 400
    assert not ReservedSet.objects.exists()
    assert Patient.objects.filter(split="").count() == 4
    assert draw(team, gate=1).status_code == 201
    assert draw(team, gate=1).status_code == 409
    assert draw(team, "manager", gate=-1).status_code == 400
    assert signed_in(team.annotator).get(url(team, "reserved")).status_code == 403
    assert signed_in(team.stranger).get(url(team, "reserved")).status_code == 404


def test_every_opening_of_the_test_set_is_listed(team: Team) -> None:
    factories.make_studies(team.project, 3, split="")
    draw(team, test=1)
    Opening.objects.create(
        reserved_set=ReservedSet.objects.get(), by=team.manager, model_version="model 3", note="final figure"
    )
    (opening,) = signed_in(team.researcher).get(url(team, "reserved")).json()["test_openings"]
    assert (opening["by"], opening["model_version"]) == (team.manager.username, "model 3")


SOURCES = [("reader:anna", 1), ("record:codes", 0), ("report:labeler", 0), ("model:other", 0), ("", 0)]


@pytest.mark.parametrize(("source", "read"), SOURCES)
def test_only_readers_labels_enter_a_reserved_set(team: Team, tmp_path: Any, source: str, read: int) -> None:
    factories.phantom_file(tmp_path, 1)
    factories.write_labels(tmp_path, [1])
    factories.import_folder(team.project, tmp_path, source=source)
    draw_reserved_sets(project=team.project, sizes={"gate": 1}, seed=1)
    answers = reserved_answers(project=team.project, purpose="gate")
    assert len({study for study, _ in answers}) == read
    (gate,) = signed_in(team.manager).get(url(team, "reserved")).json()["sets"]
    assert (gate["cases"], gate["read"]) == (1, read)


def test_patients_without_an_id_are_never_reserved(team: Team, tmp_path: Any) -> None:
    import pydicom

    for index in range(3):
        path = factories.phantom_file(tmp_path, index)
        dataset = pydicom.dcmread(path)
        if index:
            dataset.PatientID = ""
        dataset.save_as(path)
    factories.import_folder(team.project, tmp_path)
    assert draw(team, gate=2).status_code == 400
    drawn = draw(team, gate=1).json()
    assert (drawn["unidentified"], drawn["pool"]) == (2, 2)
