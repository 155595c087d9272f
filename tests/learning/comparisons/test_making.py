"""Asking for a comparison: what is frozen and queued, and what is refused."""

from __future__ import annotations

import json
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from core.errors import Conflict, Invalid
from core.models import AuditEvent, Project, User
from learning.models import Comparison, ComparisonCell, ModelVersion, Snapshot
from learning.selectors.comparisons import arm_rows, headline, progress_of
from learning.services.comparisons.files import cell_path, finished_cells, rows_of, work_folder
from learning.services.comparisons.making import (
    ArmWish,
    cancel_comparison,
    extend_comparison,
    resume_comparison,
)
from learning.services.withdrawal import forget_patient
from tests.learning.comparisons.conftest import STUDIES, arms, begin, finish, plain, spread_out
from tests.learning.world import run_here
from workers.engine import retry
from workers.models import Job

pytestmark = pytest.mark.django_db


def test_every_arm_gets_the_same_images_folds_and_patients_and_brightness_is_always_one(project: Project) -> None:
    comparison = finish(begin(project, folds=3, seeds=2))
    told = {}
    for arm in comparison.arms.all():
        cells = [c for c in finished_cells(comparison, [arm.number]) if c.seed == 0]
        told[arm.name] = {(row[2], row[3], row[4]) for row in list(rows_of(cells))[1:]}
    assert set(told) == {"brightness alone", "plain", "weighted"}
    assert told["plain"] == told["weighted"] == told["brightness alone"]
    assert len(told["plain"]) == STUDIES
    folds: dict[str, set[str]] = {}
    for _, patient, fold in told["plain"]:
        folds.setdefault(patient, set()).add(fold)
    assert all(len(found) == 1 for found in folds.values()), "a patient is held out in one fold"


def test_the_table_tells_of_each_arm_its_figure_difference_verdict_cost_and_where_it_differs(project: Project) -> None:
    comparison = finish(begin(project, folds=3, seeds=2))
    assert progress_of(comparison).state == "done"
    control, weighted, trivial = arm_rows(comparison)
    assert (control.arm.name, control.against, trivial.is_trivial) == ("plain", None, True)
    assert weighted.against is not None
    assert weighted.against["low"] <= weighted.against["delta"] <= weighted.against["high"]
    assert weighted.against["n_seeds"] == 2
    assert weighted.verdict in ("clear gain", "tie", "harm", "undecided")
    assert [d.field for d in weighted.differs] == ["imbalance.class_weights"]
    assert weighted.unequal == []
    assert all(row.seconds > 0 and row.judged for row in (control, weighted, trivial))
    assert f"on {STUDIES} held-out cases" in headline(comparison, arm_rows(comparison))


def test_the_same_comparison_gives_the_same_figures(project: Project) -> None:
    one, other = finish(begin(project)), finish(begin(project))
    assert one.results == other.results


def test_an_extension_computes_only_what_is_new(project: Project) -> None:
    comparison = finish(begin(project))
    before = {cell.pk: (cell.finished_at, cell_path(cell).stat().st_mtime_ns) for cell in finished_cells(comparison)}
    more = ArmWish("smaller", plain(input={"size": 48}))
    extend_comparison(comparison=comparison, user=None, arms=[more], more_seeds=1)
    assert progress_of(comparison).state == "queued"
    finish(comparison)
    cells = {cell.pk: cell for cell in finished_cells(comparison)}
    assert {pk: (cells[pk].finished_at, cell_path(cells[pk]).stat().st_mtime_ns) for pk in before} == before
    assert len(cells) == 2 + 3 * 2 * 2, "brightness once; three arms with two seeds and two folds"
    assert comparison.seeds == [0, 1]
    smaller = next(row for row in arm_rows(comparison) if row.arm.name == "smaller")
    assert [d.field for d in smaller.unequal] == ["input.size"]
    assert AuditEvent.objects.filter(action="comparison.extended").count() == 1


def test_it_may_be_extended_while_it_runs_and_nothing_is_computed_twice(project: Project) -> None:
    comparison = begin(project)
    first, *_ = spread_out(comparison)
    extend_comparison(comparison=comparison, user=None, more_seeds=1)
    for job in comparison.jobs.filter(state="queued"):
        run_here(job)
    children = Job.objects.filter(parent__in=comparison.jobs.all())
    labels = sorted(children.values_list("label", flat=True))
    assert labels == ["brightness alone, seed 0", "plain, seed 0", "plain, seed 1", "weighted, seed 0",
                      "weighted, seed 1"]
    assert first.state == "queued"


def test_a_cancelled_comparison_keeps_what_is_finished_and_goes_on_from_there(project: Project, manager: User) -> None:
    comparison = begin(project)
    first, *rest = spread_out(comparison)
    run_here(first)
    cancel_comparison(comparison=comparison, user=manager)
    assert progress_of(comparison).state == "cancelled"
    assert {Job.objects.get(pk=job.pk).state for job in rest} == {"cancelled"}
    with pytest.raises(Conflict, match="not running"):
        cancel_comparison(comparison=comparison, user=manager)
    kept = {cell.pk: cell.finished_at for cell in finished_cells(comparison)}
    assert len(kept) == 2
    resume_comparison(comparison=comparison, user=manager)
    finish(comparison)
    assert progress_of(comparison).state == "done"
    now = {cell.pk: cell.finished_at for cell in finished_cells(comparison)}
    assert {pk: now[pk] for pk in kept} == kept
    with pytest.raises(Conflict, match="Extend it"):
        resume_comparison(comparison=comparison, user=manager)


def test_a_parent_tried_again_leaves_finished_cells_alone(project: Project) -> None:
    """Through the page of jobs rather than the comparison's own button."""
    comparison = begin(project)
    first, *_ = spread_out(comparison)
    run_here(first)
    cancel_comparison(comparison=comparison, user=None)
    retry(comparison.jobs.get())
    finish(comparison)
    assert progress_of(comparison).state == "done"
    assert ComparisonCell.objects.filter(arm__comparison=comparison, finished_at=None).count() == 0


def test_an_arm_that_cannot_be_trained_says_why_and_the_others_go_on(project: Project) -> None:
    broken = ArmWish("hot", plain(optimiser={"learning_rate": 1.0, "max_epochs": 1}))
    comparison = begin(project, arms=[*arms(), broken])
    for child in spread_out(comparison):
        if child.label.startswith("hot"):
            from workers.engine import claims

            claims.claim(child.pk, worker="test")
            claims.fail(child.pk, 1, "The loss is no longer a number in epoch 1; lower optimiser.learning_rate.")
        else:
            assert run_here(child).state == "done"
    finish(comparison)
    assert progress_of(comparison).state == "failed"
    rows = {row.arm.name: row for row in arm_rows(comparison)}
    assert "no longer a number" in rows["hot"].failure
    assert rows["weighted"].against is not None


def test_no_checkpoint_is_left_behind(project: Project) -> None:
    comparison = finish(begin(project))
    assert not any(work_folder(cell).exists() for cell in finished_cells(comparison))


def test_a_withdrawn_patient_leaves_the_files(project: Project, django_capture_on_commit_callbacks: Any) -> None:
    comparison = finish(begin(project))
    patient = comparison.snapshot.rows.first().patient
    with django_capture_on_commit_callbacks(execute=True):
        forget_patient(patient)
    left = [row for row in rows_of(finished_cells(comparison)) if row[3] == patient.pseudonym]
    assert left == []
    assert Snapshot.objects.get(pk=comparison.snapshot_id).has_withdrawn_patients


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"arms": arms()[:1]}, "at least two recipes"),
        ({"arms": [ArmWish("a", plain()), ArmWish("b", plain(evaluation={"folds": 3}))]}, "the same recipe"),
        ({"arms": [ArmWish("a", plain()), ArmWish("a", plain(input={"size": 48}))]}, "a name of its own"),
        ({"arms": [ArmWish("brightness alone", plain()), arms()[1]]}, "a name of its own"),
        ({"arms": [ArmWish("a", plain(), True), ArmWish("b", plain(input={"size": 48}), True)]}, "one control arm"),
        ({"arms": [arms()[0], ArmWish("grades", plain(targets={"kind": "ordinal"}))]}, "one kind of target"),
        ({"seeds": 0}, "1 to 20 seeds"),
        ({"folds": 1}, "2 to 20 folds"),
        ({"margin": 0.0}, "margin"),
        ({"findings": ["fracture"]}, "no finding 'fracture'"),
    ],
)
def test_what_cannot_be_compared_leaves_nothing_behind(project: Project, change: dict[str, Any], told: str) -> None:
    with pytest.raises(Invalid, match=told):
        begin(project, **change)
    assert (Comparison.objects.count(), Snapshot.objects.count(), Job.objects.count()) == (0, 0, 0)


def test_more_folds_than_patients_are_refused(project: Project) -> None:
    from imaging.models import Patient, Study

    patients = list(Patient.objects.filter(studies__projects=project).distinct())
    Study.objects.filter(patient__in=patients[3:]).update(patient=patients[0])
    with pytest.raises(Invalid, match="choose at most 3"):
        begin(project, folds=5)


def test_an_arm_may_not_start_from_a_model_that_knows_the_held_out_patients(project: Project) -> None:
    from learning.services.runs import start_run

    run = start_run(project=project, recipe=plain(), user=None)
    assert run_here(run.job).state == "done"
    number = ModelVersion.objects.get(run=run).number
    warm = ArmWish("warm", plain(start={"kind": "checkpoint", "model": f"model {number}"}))
    with pytest.raises(Invalid, match=f"has learned from {STUDIES} of the {STUDIES} patients"):
        begin(project, arms=[ArmWish("plain", plain()), warm])


def test_a_worker_that_saw_less_does_not_overwrite_the_table(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from learning.services.comparisons import judging

    comparison = finish(begin(project))
    seen_before_the_other_ended = finished_cells(comparison)[:-2]
    monkeypatch.setattr(judging, "finished_cells", lambda _: seen_before_the_other_ended)
    judging.judge(comparison)
    assert Comparison.objects.get(pk=comparison.pk).results == comparison.results


def test_a_function_of_ones_own_is_tried_on_the_projects_labels_and_stored_nowhere(
    project: Project, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    told, out = StringIO(), tmp_path / "verdict.json"
    common = {"project": project.slug, "size": 32, "folds": 2, "findings": ["nodule"], "out": out, "stdout": told}
    with suppress(CommandError):  # thirty phantoms need not be told from chance: then C6 does not hold
        call_command("try_strategy", f"{file}:penalty", **common)
    verdict = json.loads(out.read_text())
    assert [control["name"][:2] for control in verdict["controls"]] == ["C1", "C2", "C3", "C4", "C5", "C6", "C7"]
    assert verdict["controls"][0]["passed"], told.getvalue()
    assert verdict["snapshot"] == Snapshot.objects.filter(project=project).latest("pk").hash
    assert AuditEvent.objects.filter(action="strategy.tried").exists()
    with pytest.raises(CommandError, match="has no function 'other'; it has: LogisticRegression"):
        call_command("try_strategy", f"{file}:other", **common)


OWN = """
import numpy as np
from sklearn.linear_model import LogisticRegression


def penalty(train, val, seed, knob):
    flat = lambda images: np.asarray(images, float)[:, ::4, ::4].reshape(len(images), -1) / 65535
    known = np.isin(train.targets[:, 0], (0, 1))
    model = LogisticRegression(C=0.01 + knob, tol=1e-10, max_iter=5000).fit(
        flat(train.images[known]), train.targets[known, 0])

    class Predictor:
        def predict(self, images):
            return model.predict_proba(flat(images))[:, 1:]

    return Predictor()
"""
