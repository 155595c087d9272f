"""COCO files dropped on the import page: read in the job, each annotation that is not taken named with why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotation.models import CurrentObservation, Finding, Observation, Region
from core.models import AuditEvent
from imaging.models import Instance
from tests import factories
from tests.factories import Team, signed_in
from tests.imaging.test_import_api import Page, phantom_bytes
from workers.engine import defer, run_pending
from workers.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team() -> Team:
    return factories.make_team()


def coco(*annotations: dict[str, Any], images: tuple[str, ...] = ("scan/a.dcm", "b.dcm"), **rest: Any) -> bytes:
    """As another tool writes it: images by the names of their files, 1, 2, …; the only category is called Nodule."""
    return json.dumps({
        "images": [{"id": n, "file_name": name} for n, name in enumerate(images, start=1)],
        "categories": [{"id": 9, "name": "Nodule"}],
        "annotations": [{"id": n, "category_id": 9, "image_id": 1, **row} for n, row in enumerate(annotations)],
    } | rest).encode()


BOX = {"bbox": [1, 2, 10, 12]}


@pytest.fixture
def scans(tmp_path: Path) -> dict[str, bytes]:
    return {"scan/a.dcm": phantom_bytes(tmp_path, 0), "scan/b.dcm": phantom_bytes(tmp_path, 1)}


def test_marks_come_in_with_the_images_that_they_lie_on(team: Team, scans: dict[str, bytes]) -> None:
    page = Page(team, source="record:tool")
    verdicts = page.run(scans | {"marks.json": coco(BOX, BOX | {"image_id": 2})})
    assert {name: v["verdict"] for name, v in verdicts.items()} == dict.fromkeys(scans, "stored") | {
        "marks.json": "labels"
    }
    assert verdicts["marks.json"]["reason"] == "2 marks, 4 new lines."
    instances = {name: Instance.objects.get(series__study__uid=verdicts[name]["study_uid"]) for name in scans}
    regions = Region.objects.order_by("instance_id")
    assert {region.instance for region in regions} == set(instances.values())
    assert [region.geometry for region in regions] == [{"x": 0.5, "y": 1.5, "w": 10, "h": 12}] * 2
    assert set(CurrentObservation.objects.values_list("source__kind", "source__name")) == {("record", "tool")}
    assert (page.state()["counts"]["marks"], page.state()["counts"]["mark_lines"]) == (2, 4)
    told = AuditEvent.objects.get(action="labels.imported")
    assert (told.actor, told.subject) == (team.manager, "format:coco")


def test_every_annotation_that_is_not_taken_is_named_with_why(team: Team, scans: dict[str, bytes]) -> None:
    page = Page(team)
    verdicts = page.run(scans | {"m.json": coco(
        BOX, {"bbox": [60, 2, 10, 12]}, {"bbox": "wide"}, BOX | {"image_id": 3}, images=("a.dcm", "b.dcm", "c.dcm"),
    )})
    assert verdicts["m.json"]["reason"] == "1 marks, 2 new lines; 2 annotations not taken; 1 images not here."
    refused = {name: v["reason"] for name, v in verdicts.items() if v["verdict"] == "mark-refused"}
    assert set(refused) == {"m.json: annotation 1", "m.json: annotation 2", "m.json: image c.dcm"}
    assert "beyond its image" in refused["m.json: annotation 1"]
    assert "not four numbers" in refused["m.json: annotation 2"]
    only = page.client.get(f"{page.url}verdicts/", {"verdict": "mark-refused"}).json()
    assert only["count"] == 3
    shown = page.client.get(f"/p/{team.project.slug}/import/{page.made.json()['id']}/").content.decode()
    assert "marks not taken" in shown
    assert "m.json: annotation 1" in shown
    assert "annotation" not in json.dumps(list(Job.objects.values("message", "result", "label")))


@pytest.mark.parametrize(("name", "content", "verdict", "says"), [
    ("not JSON", b"<xml>", "refused", "no JSON"),
    ("nested for ever", b"[" * 100_000, "refused", "no JSON"),
    ("another JSON", b'{"name": "x"}', "ignored", "Neither an image"),
    ("a list", b"[1, 2]", "ignored", "Neither an image"),
    ("no categories", b'{"images": [], "annotations": []}', "refused", "no categories"),
    ("a mark that is none", coco() [:-3] + b", 7]}", "refused", "no JSON"),
    ("marks of a category that is not there", coco(BOX | {"category_id": 1}), "refused", "does not have"),
    ("all images elsewhere", coco(BOX, images=("x.png",)), "refused", "None of its images"),
], ids=lambda value: value if isinstance(value, str) and " " in value else "")
def test_a_file_that_cannot_be_used_is_refused_and_the_images_stay(
    team: Team, scans: dict[str, bytes], name: str, content: bytes, verdict: str, says: str
) -> None:
    page = Page(team)
    verdicts = page.run(scans | {"m.json": content})
    assert verdicts["m.json"]["verdict"] == verdict
    assert says in verdicts["m.json"]["reason"]
    assert page.state()["state"] == "done"
    assert Instance.objects.count() == 2
    assert not Region.objects.exists()


def test_a_name_that_two_files_have_means_neither_and_a_longer_one_means_its_own(team: Team, tmp_path: Path) -> None:
    files = {f"{folder}/a.dcm": phantom_bytes(tmp_path, n) for n, folder in enumerate(("one", "two"))}
    verdicts = Page(team).run(files | {"m.json": coco(BOX, images=("a.dcm",))})
    assert "None of its images" in verdicts["m.json"]["reason"]
    verdicts = Page(team).run(files | {"m.json": coco(BOX, images=("two/a.dcm",))})
    on = Region.objects.get().instance
    assert on is not None
    assert on.series.study.uid == verdicts["two/a.dcm"]["study_uid"]


@pytest.mark.parametrize(("create", "verdict"), [(True, "labels"), (False, "refused")])
def test_a_category_becomes_a_finding_where_that_is_wanted(
    team: Team, scans: dict[str, bytes], create: bool, verdict: str
) -> None:
    verdicts = Page(team, create_findings=create).run(scans | {"m.json": coco(BOX)})
    assert verdicts["m.json"]["verdict"] == verdict
    assert list(Finding.objects.values_list("code", flat=True)) == (["nodule"] if create else [])


def test_the_same_file_again_and_the_job_twice_write_nothing(team: Team, scans: dict[str, bytes]) -> None:
    files = scans | {"m.json": coco(BOX, {"bbox": [1, 2]})}
    page = Page(team)
    page.run(files)
    before = list(Observation.objects.values()), page.verdicts()
    defer("annotation.import", payload=Job.objects.get().payload, project=team.project)
    run_pending()
    assert (list(Observation.objects.values()), page.verdicts()) == before
    again = Page(team).run(files)
    assert again["m.json"]["reason"].startswith("1 marks, 0 new lines")
    assert list(Observation.objects.values()) == before[0]


def test_an_export_of_ours_finds_its_images_by_itself(team: Team, scans: dict[str, bytes]) -> None:
    Page(team).run(scans | {"m.json": coco(BOX)})
    export = signed_in(team.manager).get(
        f"/api/projects/{team.project.slug}/export/coco/", {"kinds": "unknown"}
    )
    exported = b"".join(export.streaming_content)  # type: ignore[attr-defined]
    verdicts = Page(team, source="record:copy").run({"export.json": exported})
    assert verdicts["export.json"]["reason"] == "1 marks, 2 new lines."
    kinds = CurrentObservation.objects.filter(subject__startswith="region:").values_list("source__kind", flat=True)
    assert sorted(kinds) == ["record", "unknown"]


def test_marks_of_a_withdrawn_patient_are_not_taken(team: Team, scans: dict[str, bytes]) -> None:
    from imaging.services.patients import withdraw_patient

    first = Page(team)
    first.run({"scan/a.dcm": scans["scan/a.dcm"]})
    withdraw_patient(patient=Instance.objects.get().series.study.patient, user=None)
    verdicts = Page(team).run(scans | {"m.json": coco(BOX, BOX | {"image_id": 2})})
    assert "m.json: image scan/a.dcm" in verdicts
    assert Region.objects.get().instance_id == Instance.objects.get(
        series__study__uid=verdicts["scan/b.dcm"]["study_uid"]
    ).pk
