"""Exports: what leaves is what counts, in the shape that others read, with its notice."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.formats import EXPORTERS, Selection, exporter
from annotation.formats.labels_csv import COLUMNS
from annotation.models import CurrentObservation, Finding
from annotation.services.ledger import Line, get_source, open_batch, record_observations
from annotation.services.schema import create_finding
from core.errors import Invalid
from core.models import AuditEvent, Project
from imaging.models import Instance, Series, Study
from imaging.services.patients import withdraw_patient
from tests.annotation.bare import bare_patient, bare_study, image_of
from tests.factories import add_member, make_findings, make_user, make_worklist, open_next, submit

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
NOTICE = "Research use only. Not for diagnosis."


@pytest.fixture
def project() -> Project:
    """Two studies, read by one person: boxes, a grade, a side, a doubt."""
    made = Project.objects.create(slug="chest", name="Chest")
    nodule = make_findings(made, ["nodule"])["nodule"]
    edema = create_finding(
        project=made, user=None, name="edema", kind="ordinal", grades=["none", "mild", "severe"], parent=nodule
    )
    anna = add_member(made, user=make_user("anna"))
    studies = [_study(made, number) for number in (1, 2)]
    worklist = make_worklist(made, studies)
    boxes = [{
        "track": "7d1cbb83-1b6f-4b6a-9b5a-0f3a5a2f3b11", "finding_id": nodule.pk, "laterality": "left",
        "instance_id": image_of(studies[0]).pk, "geometry": {"x": 4.5, "y": 9.5, "w": 10, "h": 12},
    }]
    submit(open_next(worklist, anna), {nodule.pk: "present", edema.pk: "absent"}, regions=boxes)
    graded = {str(edema.pk): {"state": "present", "grade": 2}, str(nodule.pk): {"state": "equivocal"}}
    submit(open_next(worklist, anna), {nodule.pk: "equivocal"}, findings=graded)
    return made


def _study(project: Project, number: int) -> Study:
    """With names that are the same in every run."""
    patient = bare_patient()
    patient.pseudonym = f"P-GOLDEN{number}"
    patient.save()
    study = bare_study(project, patient=patient)
    Study.objects.filter(pk=study.pk).update(uid=f"2.25.100{number}")
    Series.objects.filter(study=study).update(uid=f"2.25.100{number}.1")
    Instance.objects.filter(series__study=study).update(sop_uid=f"2.25.100{number}.1.1", path=f"golden/{number}.dcm")
    study.refresh_from_db()
    return study


def exported(name: str, project: Project, **fields: Any) -> str:
    return b"".join(exporter(name)[0](Selection(project, **fields))).decode()


def rows_of(project: Project, **fields: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported("csv", project, **fields))))


def same_every_time(name: str, text: str) -> str:
    """Numbers that the database chose, and the moment, replaced."""
    if name == "csv":
        return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", "MOMENT", text).replace("\r\n", "\n")
    coco = json.loads(text)
    new = {
        key: {row["id"]: place for place, row in enumerate(coco[key], start=1)}
        for key in ("images", "categories", "annotations")
    }
    for annotation in coco["annotations"]:
        annotation["image_id"] = new["images"][annotation["image_id"]]
        annotation["category_id"] = new["categories"][annotation["category_id"]]
    for image in coco["images"]:
        for key in ("neg_category_ids", "not_exhaustive_category_ids"):
            image[key] = sorted(new["categories"][number] for number in image[key])
    for key, numbers in new.items():
        for row in coco[key]:
            row["id"] = numbers[row["id"]]
    return json.dumps(coco, indent=1)


@pytest.mark.parametrize(("name", "file"), [("csv", "labels.csv"), ("coco", "labels.coco.json")])
def test_the_format_is_the_one_that_was_agreed(project: Project, name: str, file: str) -> None:
    """Changed on purpose? Look at the difference, then write the file anew."""
    text = same_every_time(name, exported(name, project))
    assert text.strip() == (GOLDEN / file).read_text().strip()


def test_the_table_of_formats_is_the_one_that_was_agreed() -> None:
    assert {name: (media, ending) for name, (_, media, ending) in EXPORTERS.items()} == {
        "csv": ("text/csv; charset=utf-8", "csv"), "coco": ("application/json", "json"),
        "links": ("text/csv; charset=utf-8", "links.csv"),
    }
    with pytest.raises(Invalid, match="known: csv, coco, links"):
        exporter("xlsx")


def test_every_line_that_counts_is_in_the_csv_and_nothing_else(project: Project) -> None:
    rows = rows_of(project)
    found = {(r["study_uid"], r["finding"], r["source"], r["subject"], r["state"]) for r in rows}
    current = CurrentObservation.objects.select_related("study", "finding", "source", "observation")
    assert found == {(c.study.uid, c.finding.code, str(c.source), c.subject, c.observation.state) for c in current}
    assert len(rows) == current.count() == 5
    assert list(rows[0]) == COLUMNS
    assert {r["notice"] for r in rows} == {NOTICE}
    assert {r["state"]: r["value"] for r in rows} == {"present": "1", "absent": "0", "equivocal": "-1"}


def test_a_box_comes_back_from_both_formats_where_it_was_drawn(project: Project) -> None:
    row = next(r for r in rows_of(project) if r["subject"].startswith("region:"))
    assert [float(row[k]) for k in ("x", "y", "w", "h")] == [5.0, 10.0, 10.0, 12.0]
    coco = json.loads(exported("coco", project))
    annotation = coco["annotations"][0]
    image = next(i for i in coco["images"] if i["id"] == annotation["image_id"])
    assert (annotation["bbox"], annotation["area"]) == ([5.0, 10.0, 10.0, 12.0], 120.0)
    assert image["radloop"]["sop_uid"] == row["sop_uid"]
    assert (image["width"], image["height"]) == (48, 64)
    assert NOTICE in coco["info"]["description"]


def test_coco_names_every_image_and_category_that_its_annotations_use(project: Project) -> None:
    coco = json.loads(exported("coco", project))
    for key, rows in (("image_id", "images"), ("category_id", "categories")):
        assert {a[key] for a in coco["annotations"]} <= {row["id"] for row in coco[rows]}
    assert len({row["id"] for row in coco["images"]}) == len(coco["images"])


def test_kinds_of_sources_are_chosen(project: Project) -> None:
    source = get_source(project=project, kind="report", name="labeler")
    nodule = Finding.objects.get(code="nodule")
    study = Study.objects.first()
    assert study is not None
    batch = open_batch(project=project, source=source, act="report")
    record_observations(batch=batch, lines=[Line(nodule, study, "absent", probability=0.25)])
    assert {r["source"] for r in rows_of(project)} == {"reader:anna"}
    only = rows_of(project, kinds=("report",))
    assert [(r["source"], r["probability"]) for r in only] == [("report:labeler", "0.25")]
    assert len(rows_of(project, kinds=("report", "reader"))) == 6


def test_withdrawn_patients_and_the_test_set_stay_behind(project: Project) -> None:
    first, second = Study.objects.order_by("pk")
    type(first.patient).objects.filter(pk=first.patient_id).update(split="test")
    assert {r["study_uid"] for r in rows_of(project)} == {second.uid}
    assert {r["study_uid"] for r in rows_of(project, with_test=True)} == {first.uid, second.uid}
    withdraw_patient(patient=second.patient, user=None)
    assert rows_of(project) == []
    assert json.loads(exported("coco", project))["images"] == []


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-2+3", "\ttab"])
def test_no_cell_runs_in_a_spreadsheet(project: Project, name: str) -> None:
    source = get_source(project=project, kind="reader", name=name)
    Finding.objects.filter(code="nodule").update(code=name[:60])
    study = Study.objects.first()
    assert study is not None
    batch = open_batch(project=project, source=source, act="import")
    record_observations(batch=batch, lines=[Line(Finding.objects.get(code=name), study, "absent")])
    cells = [cell for row in rows_of(project) for cell in row.values()]
    assert not [cell for cell in cells if cell[:1] in ("=", "@", "+", "-", "\t") and cell != "-1"]


@pytest.mark.parametrize("name", list(EXPORTERS))
def test_an_empty_project_exports_a_sound_empty_file(name: str) -> None:
    text = exported(name, Project.objects.create(slug="empty", name="Empty"))
    if name == "coco":
        assert json.loads(text)["images"] == []
    else:
        assert text.strip().split(",")[0] == "study_uid"


def test_the_command_writes_the_file_and_an_audit_event(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "labels.csv"
    call_command("export", "chest", "csv", out=str(out))
    assert out.read_text().startswith("study_uid,")
    event = AuditEvent.objects.get(action="labels.exported")
    assert (event.subject, event.detail) == ("format:csv", {"kinds": ["reader"]})
    with pytest.raises(CommandError, match="known: chest"):
        call_command("export", "nowhere", "csv")
