from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from PIL import Image

from imaging import phantoms
from learning.services.gate import model_path
from learning.services.outside_report import report_schema
from tests.factories import phantom_file, phantom_truth, write_labels
from tests.learning.world import World

FRESH = 700
"""Numbers of phantoms that no world of ours holds."""
DOCS = Path(settings.PROJECT_ROOT) / "docs"


def folder_of(path: Path, indices: range, **options: Any) -> Path:
    """Phantoms as a hospital's folder, labels.csv beside them."""
    for index in indices:
        phantom_file(path, index, **options)
    write_labels(path, indices)
    return path


def evaluate(model: str, folder: Path, *more: str) -> dict[str, Any]:
    out = folder.parent / "metrics.json"
    call_command(
        "evaluate", model, "--images", str(folder), "--labels", str(folder / "labels.csv"), "--out", str(out), *more,
        stdout=StringIO(), stderr=StringIO(),
    )
    report = json.loads(out.read_text())
    jsonschema.validate(report, json.loads((DOCS / "evaluate.schema.json").read_text()))
    assert isinstance(report, dict)
    return report


def name_of(world: World) -> str:
    return f"{world.project.slug}/{world.teacher.number}"


def test_the_documented_schema_is_the_one_in_force() -> None:
    assert json.loads((DOCS / "evaluate.schema.json").read_text()) == report_schema()
    told = (DOCS / "evaluate.md").read_text()
    assert all(f"`{name}`" in told for name in report_schema()["properties"])


def test_fresh_images_are_judged_with_n_intervals_and_the_cards_thresholds(world: World, tmp_path: Path) -> None:
    report = evaluate(name_of(world), folder_of(tmp_path / "in", range(FRESH, FRESH + 40)))
    assert report["notice"].startswith("Research use only")
    assert (report["data"]["n_images"], report["data"]["n_patients"]) == (40, 40)
    assert report["overlap"] == {"was_checked": True, "n_images": 0, "n_patients": 0, "was_allowed": False}
    assert report["flags"] == []
    truth = [phantom_truth(i) for i in range(FRESH, FRESH + 40)]
    for part, point in zip(report["findings"], world.teacher.card["points"], strict=True):
        assert part["n"] == 40
        assert part["n_positive"] == sum(t[part["finding"]] for t in truth)
        assert part["auroc"]["low"] <= part["auroc"]["value"] <= part["auroc"]["high"]
        assert part["threshold"] == pytest.approx(point["threshold"])
        assert part["threshold_from"] == "the calibration cases"


def test_the_exported_file_gives_the_same_figures_without_any_database(world: World, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", range(FRESH, FRESH + 12))
    within = evaluate(name_of(world), folder)
    call_command("export_model", name_of(world), "--out", str(tmp_path), stdout=StringIO())
    file = tmp_path / f"{world.project.slug}-model-{world.teacher.number}.safetensors"
    card = json.loads(file.with_suffix(".json").read_text())
    assert card["statement"].startswith("Research use only")
    out = tmp_path / "elsewhere.json"
    subprocess.run(
        [sys.executable, "manage.py", "evaluate", str(file), "--images", str(folder), "--labels",
         str(folder / "labels.csv"), "--out", str(out)],
        cwd=settings.PROJECT_ROOT, check=True, capture_output=True,
        env=os.environ | {"RADLOOP_HOME": str(tmp_path / "empty"), "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none"},
    )
    elsewhere = json.loads(out.read_text())
    assert elsewhere["findings"] == within["findings"]
    assert elsewhere["macro_auroc"] == within["macro_auroc"]


@pytest.mark.parametrize("patient", ["", "SOMEBODY-ELSE"])
def test_a_training_image_is_found_and_refused(world: World, tmp_path: Path, patient: str) -> None:
    folder = folder_of(tmp_path / "in", range(FRESH, FRESH + 5))
    index, row = _trained_on(world)
    phantom_file(folder, index, patient=patient)
    with (folder / "labels.csv").open("a") as file:
        file.write(row)
    with pytest.raises(CommandError, match=r"1 of these images .* were in this model's training set") as refused:
        evaluate(name_of(world), folder)
    assert refused.value.returncode == 2
    report = evaluate(name_of(world), folder, "--allow-seen")
    assert report["overlap"]["was_allowed"]
    assert report["overlap"]["n_images"] == 1
    assert all(part["flags"][0].startswith("SEEN IN TRAINING") for part in report["findings"])


def _trained_on(world: World) -> tuple[int, str]:
    """Number of a phantom that the teacher learned from, and its row for labels.csv."""
    from imaging.services.patients import site_keys

    seen = set(world.teacher.run.snapshot.rows.values_list("patient__pseudonym", flat=True))
    index = next(i for i in range(500) if site_keys().pseudonym(f"PHANTOM-7-{i}") in seen)
    truth = phantom_truth(index)
    return index, f"dx{index:04d}.dcm,," + ",".join(str(truth[f]) for f in phantoms.FINDINGS) + "\n"


def test_a_training_patient_with_a_new_image_is_found(world: World, tmp_path: Path) -> None:
    index, _ = _trained_on(world)
    folder = folder_of(tmp_path / "in", range(FRESH, FRESH + 3))
    phantom_file(folder, FRESH, patient=f"PHANTOM-7-{index}")
    with pytest.raises(CommandError, match="0 of these images and 1 of their patients"):
        evaluate(name_of(world), folder)


def test_images_without_a_patient_id_flag_every_figure(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    rng, lines = np.random.default_rng(0), ["file,nodule,effusion"]
    for n in range(8):
        Image.fromarray(rng.integers(0, 255, (40, 50), dtype=np.uint8)).save(folder / f"{n}.png")
        lines.append(f"{n}.png,{n % 2},{(n // 2) % 2}")
    (folder / "labels.csv").write_text("\n".join(lines))
    report = evaluate(name_of(world), folder)
    assert report["data"]["n_without_patient_id"] == 8
    assert len(report["findings"]) == 2
    assert all("8 of 8 images have no patient id" in part["flags"][0] for part in report["findings"])
    assert set(report["not_judged"]) == {"consolidation", "pneumothorax", "cardiomegaly"}


def test_what_cannot_be_read_is_listed_with_its_reason(world: World, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", range(FRESH, FRESH + 6))
    (folder / "dx0700.dcm").write_bytes(b"")
    (folder / "dx0701.dcm").write_bytes(b"no image at all, whatever it is called")
    (folder / "dx0702.dcm").unlink()
    (folder / "notes.txt").write_text("not labelled")
    data = evaluate(name_of(world), folder)["data"]
    assert {f["file"]: f["reason"].split(".")[0] for f in data["failed"]} == {
        "dx0700.dcm": "The file is empty (0 bytes)",
        "dx0701.dcm": "Not an image, whatever its name says: neither DICOM, PNG nor JPEG inside",
    }
    assert data["labels_without_file"] == ["dx0702.dcm"]
    assert (data["n_images"], data["n_ignored_files"]) == (3, 2)


def test_equivocal_and_empty_cells_are_left_out_and_columns_mapped(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for index in range(FRESH, FRESH + 6):
        phantom_file(folder, index)
    values = ["1", "0", "-1", "", "1.0", "0.0"]
    rows = [f"dx{FRESH + n:04d}.dcm,p{n},{value},55" for n, value in enumerate(values)]
    (folder / "labels.csv").write_text("\n".join(["file,patient_id,Lump,age", *rows]))
    report = evaluate(name_of(world), folder, "--map", "nodule=Lump")
    (part,) = report["findings"]
    assert (part["finding"], part["column"]) == ("nodule", "Lump")
    assert (part["n"], part["n_positive"], part["n_equivocal"]) == (4, 2, 1)


def test_boxes_are_met_by_activation_boxes_or_not(world: World, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", range(FRESH, FRESH + 4))
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("file,finding,x,y,w,h\ndx0700.dcm,nodule,0,0,64,64\ndx0701.dcm,Nodule,-9,-9,1,1\n")
    (part,) = evaluate(name_of(world), folder, "--boxes", str(boxes))["localisation"]
    assert (part["finding"], part["n_images"], part["n_boxes"]) == ("nodule", 2, 2)
    assert part["hit"]["value"] == 0.5
    assert 0 < part["iou"]["value"] < 1
    shares = [share for _, share in part["found_at"]]
    assert [rate for rate, _ in part["found_at"]] == [0.125, 0.25, 0.5, 1, 2, 4, 8]
    assert shares == sorted(shares)
    assert shares[-1] <= 0.5  # no mark meets a box beside the image
    assert part["froc"]["value"] == pytest.approx(sum(shares) / 7)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("nowhere/1", "No project 'nowhere'; known: "),
        ("{slug}/99", "has no model 99; it has: 1"),
        ("999999", "No model has the database id 999999"),
        ("champion", "is no model. Write PROJECT/NUMBER"),
        ("gone.safetensors", "There is no file gone.safetensors"),
        ("labels.csv", "is no model"),
    ],
)
def test_a_model_that_is_not_there_is_named(world: World, tmp_path: Path, model: str, told: str) -> None:
    folder = folder_of(tmp_path / "in", range(FRESH, FRESH + 1))
    with pytest.raises(CommandError, match=told):
        evaluate(model.format(slug=world.project.slug), folder)


def test_a_file_that_is_no_model_is_refused(world: World, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", range(FRESH, FRESH + 1))
    with pytest.raises(CommandError, match="is not a model file of RadLoop"):
        evaluate(str(folder / "labels.csv"), folder)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ("file,patient_id,mass\ndx0700.dcm,a,1\n", "No column of the labels is a finding of this model.*--map"),
        ("file,patient_id,nodule\ndx0700.dcm,a,yes\n", "line 2, column 'nodule': 'yes' is not 1, 0, -1"),
        ("file,patient_id,nodule\nother.dcm,a,1\n", "No image of the folder has a row in the labels"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(world: World, tmp_path: Path, labels: str, told: str) -> None:
    folder = folder_of(tmp_path / "in", range(FRESH, FRESH + 1))
    (folder / "labels.csv").write_text(labels)
    with pytest.raises(CommandError, match=told):
        evaluate(name_of(world), folder)


def test_predictions_name_every_file_and_what_was_trained_on(world: World, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", range(FRESH, FRESH + 3))
    index, _ = _trained_on(world)
    phantom_file(folder, index)
    (folder / "empty.dcm").write_bytes(b"")
    errors = StringIO()
    call_command(
        "predict", name_of(world), "--images", str(folder), "--out", str(tmp_path / "p.csv"), stdout=StringIO(),
        stderr=errors,
    )
    with (tmp_path / "p.csv").open(newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    assert set(rows) == {f"dx{i:04d}.dcm" for i in (FRESH, FRESH + 1, FRESH + 2, index)}
    assert {name: row["in_training"] for name, row in rows.items() if row["in_training"] == "yes"} == {
        f"dx{index:04d}.dcm": "yes"
    }
    row = rows[f"dx{FRESH:04d}.dcm"]
    threshold = world.teacher.card["points"][0]["threshold"]
    assert int(row["nodule_call"]) == (float(row["nodule"]) >= threshold)
    assert row["notice"].startswith("Research use only")
    assert "Left out empty.dcm: The file is empty" in errors.getvalue()


def test_outside_images_leave_no_rows(world: World, tmp_path: Path) -> None:
    from imaging.models import Instance, Patient

    before = Instance.objects.count(), Patient.objects.count()
    evaluate(name_of(world), folder_of(tmp_path / "in", range(FRESH, FRESH + 3)))
    assert (Instance.objects.count(), Patient.objects.count()) == before
    assert model_path(world.teacher).is_file()
