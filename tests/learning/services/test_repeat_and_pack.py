"""A run repeated gives the same figures; a paper pack holds what is on record and is bound to its snapshot."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from xml.etree import ElementTree

import pytest

from core.errors import Conflict
from core.models import AuditEvent
from imaging.models import Series, Study
from learning.models import Run, Snapshot
from learning.publish.claim import AUTHORS, ITEMS, filled_in
from learning.publish.cohort import flow, table_one
from learning.publish.flow_figure import flow_svg
from learning.publish.intervals import wilson
from learning.publish.pack import paper_pack
from learning.publish.wording import settings_in_words
from learning.recipe import load_recipe
from learning.services.onnx import onnx_path, start_onnx
from learning.services.repeat import repeat_run, repetition
from tests.learning.services.test_training import train
from tests.learning.world import World, run_here, tiny_recipe
from workers.models import Job


@pytest.fixture
def run(world: World) -> Run:
    return train(world, tiny_recipe(pseudolabels={"weight": 0.0}))


def files_of(run: Run, world: World) -> dict[str, bytes]:
    with zipfile.ZipFile(paper_pack(run=run, user=world.manager)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def test_a_repeated_run_gives_the_same_figures_and_says_so(world: World, run: Run) -> None:
    again = repeat_run(run=run, user=world.manager)
    assert run_here(again.job).state == "done"
    again.refresh_from_db()
    assert (again.snapshot, again.recipe, again.repeats) == (run.snapshot, run.recipe, run)
    told = repetition(again)
    assert told is not None
    assert told.is_same
    assert f"The same as run {run.pk}" in told.sentence
    again.metrics["held_out"]["macro_auroc"]["value"] += 0.25
    other = repetition(again)
    assert other is not None
    assert other.sentence.startswith("NOT the same")
    again.environment["torch"] = "1.0"
    again.metrics["held_out"]["macro_auroc"]["value"] -= 0.25 - 1e-6
    within = repetition(again)
    assert within is not None
    assert "within" in within.sentence
    assert "torch" in within.sentence


def test_a_run_of_a_withdrawn_patient_is_neither_repeated_nor_published(world: World, run: Run) -> None:
    Snapshot.objects.filter(pk=run.snapshot_id).update(has_withdrawn_patients=True)
    run = Run.objects.get(pk=run.pk)
    for act in (lambda: repeat_run(run=run, user=world.manager), lambda: paper_pack(run=run, user=world.manager)):
        with pytest.raises(Conflict, match="withdrawn"):
            act()
    assert not AuditEvent.objects.filter(action="run.published").exists()


def test_every_file_of_a_pack_is_hashed_and_the_manifest_names_the_snapshot(world: World, run: Run) -> None:
    files = files_of(run, world)
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["snapshot"] == run.snapshot.hash
    assert "Research use only" in manifest["statement"]
    assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert AuditEvent.objects.filter(action="run.published", subject=f"run:{run.pk}").exists()


def test_a_pack_tells_the_flow_and_who_the_patients_are(world: World, run: Run) -> None:
    files = files_of(run, world)
    flow = {row["step"]: int(row["studies"]) for row in csv.DictReader(io.StringIO(files["cohort_flow.csv"].decode()))}
    assert flow["Studies of the project"] == len(world.pool()) + len(world.reserved())
    assert flow["Open to training"] == len(world.pool())
    assert flow["In the snapshot"] == run.snapshot.rows.values("instance__series__study").distinct().count()
    assert flow["Learned from"] + flow["Held out"] == flow["In the snapshot"]
    first = {row["characteristic"]: row for row in csv.DictReader(io.StringIO(files["table_1.csv"].decode()))}
    studies = first["Studies"]
    del studies["characteristic"]
    assert {name: int(n) for name, n in studies.items()} == {
        "training": flow["Learned from"], "held out": flow["Held out"], "calibration": flow["Calibration set"],
        "gate": flow["Gate set"],
    }, "a partition that was not drawn has no column"
    for name in ("cohort_flow.svg", "held_out_roc.svg", "gate_calibration.svg"):
        assert ElementTree.fromstring(files[name]).tag.endswith("svg")
    assert files["predictions_held_out.csv"].count(b"\n") > 1
    assert b"not for diagnosis" in files["model_card.md"]


def test_cases_that_took_no_part_are_not_counted_and_said_to_be_left_out(world: World, run: Run) -> None:
    gate = Study.objects.filter(reserved_in__reserved_set__purpose="gate", projects=world.project)
    (judging,) = (step.studies for step in flow(run) if step.name == "Gate set")
    assert judging == gate.count()
    Series.objects.filter(study__in=gate.values("pk")[:3]).update(modality="CT")
    (step,) = (step for step in flow(run) if step.name == "Gate set")
    assert step.studies == judging - 3
    assert step.left_out == "3 not used: no answer, or no radiographs"
    columns, rows = table_one(run)
    assert next(row for row in rows if row.name == "Studies").values[columns.index("gate")] == str(judging - 3)
    assert not any(row.name == "Modality: CT" for row in rows)
    assert "3 not used" in flow_svg(flow(run))


def test_settings_are_told_in_the_words_of_the_form_and_without_those_that_have_no_effect() -> None:
    recipe = load_recipe({"input": {"size": 96, "spacing_mm": 0.5}}).model_dump(mode="json")
    told = settings_in_words(recipe, "input")
    assert told.startswith("Image size 96 px, ")
    assert "0.5 mm" in told
    assert "argin" not in told, "nothing is cropped"


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert wilson(8, 10) == pytest.approx((0.4901, 0.9433), abs=1e-3)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-3)


def test_the_checklist_has_every_item_and_makes_nothing_up(world: World, run: Run) -> None:
    text = files_of(run, world)["claim_checklist.md"].decode()
    cells = [line.split("|") for line in text.splitlines() if line.startswith("| ")]
    rows = [row for row in cells if row[1].strip().isdigit()]
    assert [int(row[1]) for row in rows] == list(ITEMS) == list(range(1, 43))
    said = {int(row[1]): row[3].strip() for row in rows}
    for item in (1, 3, 38, 40, 42):  # what no record can know
        assert said[item] == AUTHORS
    assert "simulated readers" in said[36]
    assert "by 1 SIMULATED reader. ATTENTION: no person gave these answers." in said[16]
    assert said[9].startswith("Image size 32 px")
    assert run.snapshot.hash in said[41]
    with pytest.raises(KeyError):
        filled_in({43: "?"})


def test_a_trained_model_becomes_an_onnx_file_once(world: World, run: Run) -> None:
    version = run.model_version
    first, again = (start_onnx(version=version, user=world.manager) for _ in range(2))
    assert first.pk == again.pk
    done = run_here(Job.objects.get(pk=first.pk))
    assert done.state == "done", done.failure
    assert onnx_path(version).stat().st_size > 10_000
    with pytest.raises(Conflict, match="there already"):
        start_onnx(version=version, user=world.manager)
