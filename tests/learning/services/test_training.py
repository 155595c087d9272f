from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from django.db.models.signals import post_save

from annotation.models import Batch, Finding
from annotation.selectors.answers import reserved_answers
from annotation.services.ledger import Line, get_source, open_batch, record_observations
from learning.models import ModelVersion, Run, RunEpoch
from learning.recipe import Recipe
from learning.services.gate import model_path
from learning.services.runs import make_run, start_run
from learning.services.snapshots import freeze_snapshot
from learning.toolkit.export import load_model
from tests.learning.world import World, run_here, tiny_recipe
from workers.engine import defer, request_cancel
from workers.models import Job


def train(world: World, recipe: Recipe, *, pseudolabels: Batch | None = None) -> Run:
    snapshot = freeze_snapshot(project=world.project, pseudolabels=pseudolabels)
    job = defer("learning.train", payload={}, project=world.project)
    run = make_run(project=world.project, recipe=recipe, snapshot=snapshot, job=job, user=None, purpose="manual")
    Job.objects.filter(pk=job.pk).update(payload={"run": run.pk})
    assert run_here(job).state == "done", job.failure
    return Run.objects.get(pk=run.pk)


def weights(run: Run) -> dict[str, torch.Tensor]:
    return load_model(model_path(run.model_version))[0].state_dict()


def same(first: Run, second: Run) -> bool:
    a, b = weights(first), weights(second)
    return first.metrics == second.metrics and all(torch.equal(a[name], b[name]) for name in a)


def pseudolabelled(world: World) -> Batch:
    nodule = Finding.objects.get(project=world.project, code="nodule")
    source = get_source(project=world.project, kind="model", name="model 1")
    batch = open_batch(project=world.project, source=source, act="pseudolabel")
    states = ("present", "absent")
    lines = [Line(nodule, s, states[n % 2], probability=0.99) for n, s in enumerate(world.pool())]
    record_observations(batch=batch, lines=lines)
    return batch


def test_same_seed_data_and_recipe_give_the_same_metrics_bit_for_bit(world: World) -> None:
    recipe = tiny_recipe(pseudolabels={"weight": 0.0})
    first, again = train(world, recipe), train(world, recipe)
    assert same(first, again)
    assert not same(first, train(world, recipe.model_copy(update={"seed": 1})))


def test_an_unused_strategy_changes_nothing_and_a_used_one_something(world: World) -> None:
    batch, off = pseudolabelled(world), tiny_recipe(pseudolabels={"weight": 0.0})
    plain = train(world, off)
    assert same(plain, train(world, off, pseudolabels=batch))
    on = train(world, tiny_recipe(pseudolabels={"weight": 1.0}), pseudolabels=batch)
    assert not same(plain, on)
    assert all(epoch.values["gradient_norms"]["pseudo"] > 0 for epoch in on.epochs.all())


def test_scaling_and_thresholds_come_from_the_calibration_set_alone(world: World) -> None:
    run = train(world, tiny_recipe())
    card, answers = run.model_version.card, reserved_answers(project=world.project, purpose="calibration")
    assert {a.study_id for a in answers.values()} <= world.reserved()
    sure = [a for a in answers.values() if a.state in ("present", "absent")]
    for code, point in zip(run.model_version.findings, card["points"], strict=True):
        assert point["n"] == sum(a.finding == code for a in sure) > 0
    assert all(np.isfinite(card["temperatures"]))
    assert all(np.isfinite(card["shifts"]))
    told = {f["threshold_from"] for f in run.model_version.gate["findings"]}
    assert told == {"the calibration cases"}


def test_without_a_calibration_set_nothing_is_chosen(world: World) -> None:
    world.project.reserved_sets.filter(purpose="calibration").delete()
    version = train(world, tiny_recipe()).model_version
    assert version.card["temperatures"] is None
    assert version.card["points"] is None
    assert {f["threshold"] for f in version.gate["findings"]} == {0.5}
    assert version.gate["findings"][0]["threshold_from"] == "no calibration case: 0.5 stands in"


def test_held_out_predictions_are_of_patients_the_model_did_not_see(world: World) -> None:
    from learning.services.runs import held_out_path

    run = train(world, tiny_recipe(evaluation={"kind": "kfold", "folds": 3}))
    rows = [line.split(",") for line in held_out_path(run).read_text().splitlines()[1:]]
    assert {row[0] for row in rows} == set(run.snapshot.rows.values_list("sop_uid", flat=True))
    folds: dict[str, set[str]] = {}
    for row in rows:
        folds.setdefault(row[1], set()).add(row[2])
    assert all(len(found) == 1 for found in folds.values())
    assert {f for s in folds.values() for f in s} == {"0", "1", "2"}


def test_repeats_are_judged_together_with_groups_sets_and_maps(world: World) -> None:
    from learning.services.runs import held_out_path

    evaluation = {"kind": "kfold", "folds": 2, "repeats": 2}
    run = train(world, tiny_recipe(evaluation=evaluation))
    told = run.metrics["held_out"]
    images = run.snapshot.rows.values_list("sop_uid", flat=True)
    assert (told["runs"], told["n"]) == (2, len(set(images)))
    lines = held_out_path(run).read_text().splitlines()
    assert lines[0].startswith("sop_uid,patient,fold,repeat,")
    assert len(lines) == 1 + 2 * told["n"]
    for one in filter(None, told["conformal"]):
        assert 0.7 <= one["covered"] <= 1
        assert one["alpha"] == 0.1
    assert told["maps"]["n"] == min(12, told["n"])
    assert {one["attribute"] for one in told["subgroups"]} <= {"sex", "age", "view", "scanner"}
    assert "scanner" in {one["attribute"] for one in told["subgroups"]}
    assert told["undivided"][-1].startswith("Site: not known of any of the ")
    job = run.job
    job.refresh_from_db()
    assert job.progress == 1.0
    assert run.epochs.filter(values__fold=4).exists()


def test_balanced_weights_without_calibration_are_corrected_and_call_the_same_cases(world: World) -> None:
    world.project.reserved_sets.filter(purpose="calibration").delete()
    run = train(world, tiny_recipe(imbalance={"class_weights": "inverse_prevalence"}))
    card = run.model_version.card
    assert card["temperatures"] is None
    assert any(abs(shift) > 0.1 for shift in card["shifts"])
    for point, shift in zip(card["points"], card["shifts"], strict=True):
        assert point["threshold"] == pytest.approx(1 / (1 + math.exp(shift)))
    told = run.metrics["held_out"]["findings"][0]
    assert told["threshold_from"] == "no calibration case: 0.5, moved with the corrected prevalence"


def test_a_training_cancelled_half_way_leaves_no_model(world: World) -> None:
    run = start_run(project=world.project, recipe=tiny_recipe(optimiser={"max_epochs": 50}), user=None)

    def cancel(instance: RunEpoch, **_: Any) -> None:
        if instance.run_id == run.pk and instance.epoch == 2:
            request_cancel(Job.objects.get(pk=run.job_id))

    post_save.connect(cancel, sender=RunEpoch)
    try:
        job = run_here(run.job)
    finally:
        post_save.disconnect(cancel, sender=RunEpoch)
    assert job.state == "cancelled"
    assert run.epochs.count() == 2
    assert not ModelVersion.objects.filter(run=run).exists()


def test_the_reason_of_a_failure_is_on_the_row(world: World) -> None:
    recipe = tiny_recipe(start={"kind": "checkpoint", "model": "model 1"})
    run, path = start_run(project=world.project, recipe=recipe, user=None), model_path(world.teacher)
    sound = path.read_bytes()
    path.write_bytes(b"not a model")
    try:
        job = run_here(run.job)
    finally:
        path.write_bytes(sound)
    assert job.state == "failed"
    assert "cannot be loaded as weights" in job.failure


def test_a_student_of_a_checkpoint_remembers_what_its_ancestor_saw(world: World) -> None:
    few = [s.pk for s in world.first[:20]]
    recipe = tiny_recipe(start={"kind": "checkpoint", "model": f"model {world.teacher.number}"})
    run = start_run(project=world.project, recipe=recipe, user=None, limit_to=few)
    job = run_here(run.job)
    assert job.state == "done", job.failure
    card = load_model(model_path(ModelVersion.objects.get(run=run)))[1]
    uids = list(world.teacher.run.snapshot.rows.values_list("sop_uid", flat=True))
    assert card.seen is not None
    assert len(uids) > 20
    assert len(card.seen.overlap(keys=uids, patients=[""] * len(uids)).images) == len(uids)


def test_a_damaged_checkpoint_costs_time_and_not_the_run(world: World) -> None:
    from learning.services.runs import run_folder

    plain = train(world, tiny_recipe())
    run = start_run(project=world.project, recipe=tiny_recipe(), user=None)
    broken = run_folder(run) / "fold-0" / "checkpoint.safetensors"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"half a file")
    job = run_here(run.job)
    assert job.state == "done", job.failure
    assert any("starts afresh" in line.text for line in job.lines.all())
    assert Run.objects.get(pk=run.pk).metrics == plain.metrics
