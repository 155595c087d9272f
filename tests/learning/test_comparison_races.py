"""Two workers that end the last two trainings together, and one that is killed half way."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from core.models import Project
from learning.models import Comparison, ComparisonCell
from learning.recipe import Recipe
from learning.selectors.comparisons import progress_of
from learning.services.comparisons.files import cell_path, finished_cells, rows_of, work_folder
from learning.toolkit.arms_train import Trained, trivial_arm
from learning.toolkit.data import Examples
from tests.learning.comparisons.conftest import _one_thread, begin, finish, plain, read_project, spread_out
from tests.learning.test_killed_training import in_a_process_of_its_own, the_process_of, until
from tests.racing import errors_of, race
from workers.engine import claims
from workers.engine.runner import execute
from workers.models import Job

__all__ = ["_one_thread"]


@pytest.fixture
def project(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Project:
    if connection.vendor == "sqlite":  # processes that are started find this test's database and files
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{connection.settings_dict['NAME']}")
    monkeypatch.setenv("RADLOOP_HOME", str(settings.HOME))
    return read_project()


def as_a_worker(job: Job) -> None:
    """Claim, run, and settle the parent, as the engine does."""
    claimed = claims.claim(job.pk, worker="one of two")
    assert claimed is not None
    execute(claimed)
    assert job.parent_id is not None
    claims.settle_parent(job.parent_id)


@pytest.fixture
def quick_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two trainings in threads of one process would share torch's random state, as those of two workers do not."""

    def by_brightness(train: Examples, held: Examples, recipe: Recipe, **_: Any) -> Trained:
        return Trained(trivial_arm(train, held, recipe) * (0.5 + recipe.seed), 0.1)

    monkeypatch.setattr("learning.toolkit.arms_train.train_and_predict", by_brightness)


def test_two_workers_that_end_the_last_two_trainings_together_finish_it_once_and_judge_all(
    project: Project, quick_training: None
) -> None:
    alone = finish(begin(project))
    comparison = begin(project)
    *others, one, two = spread_out(comparison)
    for job in others:
        as_a_worker(job)
    assert errors_of(race(lambda: as_a_worker(one), lambda: as_a_worker(two))) == []
    comparison.refresh_from_db()
    assert comparison.jobs.get().state == "done"
    assert comparison.judged_cells == ComparisonCell.objects.filter(arm__comparison=comparison).count()
    assert comparison.results == alone.results


def test_a_training_killed_half_way_goes_on_and_the_table_is_the_same(project: Project) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the process of the job is given a SQLite file")
    long: dict[str, Any] = {"max_epochs": 40}
    from learning.services.comparisons.making import ArmWish

    arms = [ArmWish("plain", plain(optimiser=long)), ArmWish("small", plain(optimiser=long, input={"size": 48}))]
    undisturbed = finish(begin(project, arms=arms))
    comparison = begin(project, arms=arms)
    child = next(job for job in spread_out(comparison) if job.label.startswith("plain"))
    supervisor = in_a_process_of_its_own(child)
    cells = list(ComparisonCell.objects.filter(job=child).select_related("arm").order_by("fold"))
    until(lambda: (work_folder(cells[-1]) / "checkpoint.safetensors").exists())
    process = the_process_of(child)
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    supervisor.join()
    child.refresh_from_db()
    assert (child.state, child.attempt) == ("queued", 1)
    first_fold = cell_path(cells[0]).stat().st_mtime_ns
    assert [c.fold for c in finished_cells(comparison)] == [0], "the second fold was under way"

    Job.objects.filter(pk=child.pk).update(not_before=None)
    comparison = finish(Comparison.objects.get(pk=comparison.pk))
    assert progress_of(comparison).state == "done"
    assert cell_path(cells[0]).stat().st_mtime_ns == first_fold, "a finished fold was trained again"
    assert comparison.results == undisturbed.results
    assert _rows(comparison) == _rows(undisturbed)


def _rows(comparison: Comparison) -> list[list[str]]:
    return list(rows_of(finished_cells(comparison)))
