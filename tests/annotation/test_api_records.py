"""Studies, batches and exports through the API."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from annotation.models import Batch
from annotation.models import TestOpening as Opening
from annotation.services.reserve import draw_reserved_sets
from core.models import AuditEvent
from imaging.models import Patient, Study
from imaging.services.patients import withdraw_patient
from tests import factories
from tests.factories import Team, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    made = factories.make_team()
    factories.make_findings(made.project)
    return made


@pytest.fixture
def read(team: Team) -> list[Study]:
    """Three studies, the first read."""
    studies = factories.make_studies(team.project, 3)
    worklist = factories.make_worklist(team.project, studies)
    nodule, effusion = (team.project.findings.get(code=c).pk for c in ("nodule", "effusion"))
    factories.submit(factories.open_next(worklist, team.annotator), {nodule: "present", effusion: "equivocal"})
    return studies


def get(team: Team, who: str, what: str, **params: Any) -> Any:
    return signed_in(team.person(who)).get(f"/api/projects/{team.project.slug}/{what}/", params)


SPLITS = [("annotator", None), ("reviewer", None), ("researcher", "pool"), ("manager", "pool"), ("admin", "pool")]


@pytest.mark.parametrize(("who", "split"), SPLITS)
def test_the_split_is_told_to_researchers_and_managers(
    team: Team, read: list[Study], who: str, split: str | None
) -> None:
    page = get(team, who, "studies").json()
    assert [row["split"] for row in page["results"]] == [split] * 3
    assert [row["answers"] for row in page["results"]] == [2, 0, 0]
    assert page["results"][0]["modalities"] == ["DX"]
    assert page["results"][0]["images"] == 1
    assert get(team, who, "studies", split="gate").status_code == (200 if split else 403)


def test_studies_are_filtered_and_withdrawn_patients_are_gone(team: Team, read: list[Study]) -> None:
    assert get(team, "manager", "studies", modality="CT").json()["count"] == 0
    assert get(team, "manager", "studies", patient=read[0].patient.pseudonym).json()["count"] == 1
    withdraw_patient(patient=read[0].patient, user=team.manager)
    assert get(team, "manager", "studies").json()["count"] == 2
    assert get(team, "stranger", "studies").status_code == 404


def test_a_list_of_studies_costs_the_same_whatever_its_length(
    team: Team, read: list[Study], django_assert_max_num_queries: Any
) -> None:
    client = signed_in(team.manager)
    with django_assert_max_num_queries(12):
        client.get(f"/api/projects/{team.project.slug}/studies/")


def test_a_batch_is_withdrawn_once_and_its_lines_stop_counting(team: Team, read: list[Study]) -> None:
    batch = get(team, "researcher", "batches", act="reading").json()["results"][0]
    assert (batch["lines"], batch["source"]) == (2, f"reader:{team.annotator.username}")
    url = f"/api/batches/{batch['id']}/withdraw/"
    assert signed_in(team.researcher).post(url).status_code == 403
    assert signed_in(team.stranger).post(url).status_code == 404
    gone = signed_in(team.manager).post(url, {"note": "wrong patient"})
    assert gone.json()["withdrawn_by"] == team.manager.username
    assert signed_in(team.manager).post(url).status_code == 409
    assert get(team, "manager", "studies").json()["results"][0]["answers"] == 0
    assert get(team, "annotator", "batches").status_code == 403


def test_a_withdrawal_in_a_reserved_set_is_a_new_version_of_it(team: Team) -> None:
    factories.make_studies(team.project, 1, split="")
    draw_reserved_sets(project=team.project, sizes={"gate": 1}, seed=1)
    studies = list(Study.objects.all())
    worklist = factories.make_worklist(team.project, studies, kind="reference")
    factories.submit(factories.open_next(worklist, team.annotator))
    signed_in(team.manager).post(f"/api/batches/{Batch.objects.get(act='reading').pk}/withdraw/")
    assert team.project.reserved_sets.get().version == 2


def body(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def test_csv_holds_every_readers_line_and_the_notice(team: Team, read: list[Study]) -> None:
    answer = get(team, "researcher", "export/csv")
    assert "attachment" in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(body(answer).decode())))
    assert {(r["study_uid"], r["finding"], r["value"]) for r in rows} == {
        (read[0].uid, "nodule", "1"), (read[0].uid, "effusion", "-1"),
    }
    assert all(r["notice"].startswith("Research use only") for r in rows)
    event = AuditEvent.objects.get(action="labels.exported")
    assert (event.actor, event.subject, event.detail) == (team.researcher, "format:csv", {"kinds": ["reader"]})


def test_coco_holds_boxes_from_the_images_edge(team: Team) -> None:
    (study,) = factories.make_studies(team.project, 1)
    worklist = factories.make_worklist(team.project, [study])
    reading = factories.open_next(worklist, team.annotator)
    nodule, instance = team.project.findings.get(code="nodule"), study.series.get().instances.get()
    region = {
        "track": "6a1d1a3c-6f0f-4f7c-8c60-0d8b1a2f9a51", "finding_id": nodule.pk, "instance_id": instance.pk,
        "geometry": {"x": -0.5, "y": 9.5, "w": 20, "h": 10},
    }
    factories.submit(reading, {nodule.pk: "present"}, regions=[region])
    document = json.loads(body(get(team, "manager", "export/coco")))
    assert "Research use only" in document["info"]["description"]
    (box,) = document["annotations"]
    assert box["bbox"] == [0, 10, 20, 10]
    assert box["image_id"] == document["images"][0]["id"]


EXPORTS = [
    # who,          address,                          status
    ("annotator", "export/csv", 403),
    ("reviewer", "export/csv", 403),
    ("researcher", "export/csv", 200),
    ("stranger", "export/csv", 404),
    ("researcher", "export/xlsx", 400),
    ("researcher", "export/csv/?kinds=rumour", 400),
    ("researcher", "export/csv/?with_test=1", 403),
    ("manager", "export/csv/?with_test=1", 404),
]


@pytest.mark.parametrize(("who", "address", "status"), EXPORTS)
def test_who_exports_what(team: Team, who: str, address: str, status: int) -> None:
    url = f"/api/projects/{team.project.slug}/{address}" + ("" if "?" in address else "/")
    answer = signed_in(team.person(who)).get(url, headers={"accept": "text/csv"})
    assert answer.status_code == status
    assert AuditEvent.objects.filter(action="labels.exported").exists() is (status == 200)


def test_the_test_set_stays_behind_unless_it_is_opened(team: Team) -> None:
    factories.make_studies(team.project, 1, split="")
    draw_reserved_sets(project=team.project, sizes={"test": 1}, seed=1)
    worklist = factories.make_worklist(team.project, list(Study.objects.all()), kind="reference")
    factories.submit(factories.open_next(worklist, team.annotator))
    assert Patient.objects.get().split == "test"
    assert body(get(team, "manager", "export/csv")).count(b"\n") == 1
    assert not Opening.objects.exists()
    assert body(get(team, "manager", "export/csv", with_test="1")).count(b"\n") > 1
    assert Opening.objects.get().by == team.manager


@pytest.mark.django_db(transaction=True)
def test_an_export_streams_under_asgi_too(team: Team, read: list[Study]) -> None:
    async def fetch() -> tuple[bool, bytes]:
        client = AsyncClient()
        await client.aforce_login(team.researcher, backend="django.contrib.auth.backends.ModelBackend")
        answer = await client.get(f"/api/projects/{team.project.slug}/export/csv/")
        return answer.is_async, b"".join([chunk async for chunk in answer.streaming_content])

    is_async, sent = async_to_sync(fetch)()
    assert is_async
    assert len(sent.splitlines()) == 3
