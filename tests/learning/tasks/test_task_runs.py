"""From readers' answers to a model and back to the reading room, for each kind of task."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from annotation.models import Observation
from annotation.services.masks import drop_unused
from annotation.services.readings import submit_reading
from core.errors import Invalid
from core.models import Role
from frontend.services.case import case_of
from imaging.models import Study
from learning.models import ModelState, PredictedMask
from learning.recipe import load_recipe
from learning.recipe_parts import TargetsPart
from learning.services.examples import examples_of
from learning.services.outlines import start_outlining
from learning.services.predictions import predict_pool, suggestions_for
from learning.services.runs import start_run
from learning.services.snapshots import freeze_snapshot
from tests.factories import add_member, content, make_user, make_worklist, open_next
from tests.learning.tasks.conftest import Small, Words
from tests.learning.world import run_here

ABSENT, PRESENT = ("absent", None), ("present", None)


def graded(number: int) -> Words:
    return Words({"opacity": ABSENT if number % 4 == 0 else ("present", number % 4 - 1)})


def one_of(number: int) -> Words:
    names = ["nodule", "effusion", None]
    return Words({code: PRESENT if names[number % 3] == code else ABSENT for code in ("nodule", "effusion")})


def outlined(number: int) -> Words:
    mask = np.zeros((64, 64), bool)
    mask[20:40, 10 : 30 + number] = True
    return Words({"nodule": PRESENT}, {"nodule": mask}) if number % 3 else Words({"nodule": ABSENT})


def use(version):
    version.state = ModelState.CHAMPION
    version.save()
    predict_pool(version=version)
    return version


def test_grades_become_levels_a_model_and_a_suggested_grade(small: Small):
    small.read(graded)
    version = small.train(targets={"kind": "ordinal", "findings": ["opacity"]})
    assert version.findings == ["opacity>=1", "opacity>=2", "opacity>=3"]
    assert version.run.metrics["held_out"]["kind"] == "ordinal"
    (told,) = version.run.metrics["held_out"]["grades"]
    assert (told["finding"], told["n"]) == ("opacity", version.run.metrics["held_out"]["n"])
    use(version)
    (suggestion,) = suggestions_for(study=small.studies[0], project=small.project)
    assert suggestion["finding"] == "opacity"
    assert sum(suggestion["levels"]) == pytest.approx(1, abs=1e-3)
    assert (suggestion["grade"] is not None) == (suggestion["state"] == "present")


def test_rows_keep_the_grade_and_the_snapshot_what_grades_there_were(small: Small):
    small.read(graded)
    snapshot = freeze_snapshot(project=small.project, findings=["opacity"], task=TargetsPart(kind="ordinal"))
    kept = [(row.targets["opacity"], row.grades.get("opacity")) for row in snapshot.rows.all()]
    assert sorted(kept, key=str) == sorted([(0.0, None), (1.0, 0), (1.0, 1), (1.0, 2)] * 3, key=str)
    plain = freeze_snapshot(project=small.project, findings=["opacity"])
    assert plain.findings[0]["grades"] == ["mild", "moderate", "severe"]


def test_findings_that_exclude_each_other_become_classes(small: Small):
    small.read(one_of)
    version = small.train(targets={"kind": "multiclass", "findings": ["nodule", "effusion"]})
    assert version.findings == ["nodule", "effusion", "none"]
    told = version.run.metrics["held_out"]["classes"]
    assert told["classes"] == ["nodule", "effusion", "none"]
    assert told["n"] > 0
    use(version)
    for prediction in version.predictions.all():
        assert sum(prediction.probabilities.values()) == pytest.approx(1, abs=1e-4)
    for study in small.studies:
        suggestions = suggestions_for(study=study, project=small.project)
        assert {one["finding"] for one in suggestions} == {"nodule", "effusion"}
        assert sum(one["state"] == "present" for one in suggestions) <= 1


def test_masks_become_a_model_whose_masks_are_suggested_and_accepted(small: Small):
    readings = small.read(outlined)
    version = small.train(
        targets={"kind": "segmentation", "findings": ["nodule"]},
        optimiser={"max_steps": 60, "batch_size": 8, "patience": 0, "keep": "last", "learning_rate": 0.01},
        regularisation={"dropout_hidden": 0},
    )
    told = version.run.metrics["held_out"]
    assert told["kind"] == "segmentation"
    assert "auroc" not in told["findings"][0]
    assert 0 <= told["findings"][0]["dice"]["value"] <= 1
    job = run_here(start_outlining(version=version, user=small.manager))
    assert job.state == "done", job.failure
    masks = PredictedMask.objects.filter(prediction__model_version=version)
    assert masks.exists()
    assert drop_unused(older_than=timedelta(0)) == 0
    study = masks.first().prediction.instance.series.study
    (suggestion,) = suggestions_for(study=study, project=small.project)
    assert (suggestion["finding"], suggestion["state"]) == ("nodule", "present")
    assert "rle" not in suggestion["masks"][0]
    assert_accepted_becomes_the_readers_own(small, study)
    assert readings


def assert_accepted_becomes_the_readers_own(small: Small, study: Study) -> None:
    """Another reader sees the mask and takes it: a mark of their own on the same pixels, pointing at what was shown."""
    other = add_member(small.project, Role.ANNOTATOR, make_user("other"))
    reading = open_next(make_worklist(small.project, [study], mode="concurrent"), other)
    (shown,) = case_of(reading=reading)["suggestions"]
    mask = shown["masks"][0]
    region = {
        "track": "00000000-0000-4000-8000-00000000abcd", "finding_id": small.findings["nodule"].pk, "kind": "mask",
        "instance_id": mask["instance_id"], "geometry": {key: mask[key] for key in ("rows", "columns", "rle")},
        "suggestion": {"id": mask["id"], "act": "accepted"},
    }
    said = content({small.findings["nodule"].pk: "present"}, regions=[region])
    submit_reading(reading=reading, reader=other, base_version=reading.draft_version, content=said)
    line = Observation.objects.get(source__name="other", region__kind="mask")
    assert line.shown["act"] == "accepted"
    told = line.shown["suggestion"]["masks"][0]
    assert (told["id"], told["blob"]) == (mask["id"], line.region.mask.sha256)
    assert "rle" not in told


def test_no_mask_is_told_before_the_unaided_answer(small: Small):
    small.read(outlined)
    worklist = make_worklist(small.project, small.studies[:1], mode="unaided")
    assert case_of(reading=open_next(worklist, small.manager))["suggestions"] is None


def test_pixels_that_nobody_settled_are_not_learned(small: Small):
    small.read(lambda n: Words({"nodule": PRESENT}, {"nodule": outlined(1).masks["nodule"]}, all_marked=None))
    recipe = load_recipe({"targets": {"kind": "segmentation", "findings": ["nodule"]}, "input": {"size": 64}})
    snapshot = freeze_snapshot(project=small.project, findings=["nodule"], task=recipe.targets)
    examples = examples_of(snapshot, recipe)
    assert set(np.unique(examples.masks)) == {1, 255}
    assert {one["rest"] for row in snapshot.rows.all() for one in row.masks["nodule"]} == {"open"}


def test_masks_come_through_the_square_where_the_readers_drew_them(small: Small):
    small.read(outlined)
    recipe = load_recipe({"targets": {"kind": "segmentation", "findings": ["nodule"]}, "input": {"size": 64}})
    snapshot = freeze_snapshot(project=small.project, findings=["nodule"], task=recipe.targets)
    examples = examples_of(snapshot, recipe)
    by_uid = {study.series.get().instances.get().sop_uid: number for number, study in enumerate(small.studies)}
    for row, key in enumerate(examples.keys):
        said = outlined(by_uid[key])
        expected = said.masks.get("nodule", np.zeros((64, 64), bool))
        assert np.array_equal(examples.masks[row, 0] == 1, expected)
        assert not (examples.masks[row] == 255).any()


@pytest.mark.parametrize(
    ("say", "targets", "words"),
    [
        (lambda n: Words({"opacity": ("present", 1)}), {"kind": "ordinal", "findings": ["opacity"]}, "two or more"),
        (lambda n: Words({"nodule": PRESENT, "effusion": ABSENT}),
         {"kind": "multiclass", "findings": ["nodule", "effusion"]}, "all of the class 'nodule'"),
        (one_of, {"kind": "segmentation", "findings": ["nodule"]}, "outlined by a mask in images of 0 patients"),
        (one_of, {"kind": "progression", "findings": ["nodule"]}, "Of the pairs of studies"),
        (lambda n: Words({"nodule": PRESENT}), {"findings": ["nodule"]}, "learning needs both"),
    ],
)
def test_what_cannot_be_learned_is_said_before_anything_runs(small: Small, say, targets, words):
    small.read(say)
    with pytest.raises(Invalid, match=words):
        start_run(project=small.project, recipe=load_recipe({"targets": targets}), user=small.manager)


def test_one_patient_alone_is_refused(small: Small):
    small.read(one_of, 1)
    with pytest.raises(Invalid, match="one patient"):
        start_run(project=small.project, recipe=load_recipe({"targets": {"findings": ["nodule"]}}), user=small.manager)
