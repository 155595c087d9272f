from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
import torch
from django.conf import settings
from django.db import connection, connections

from annotation.services.worklists import create_worklist
from core.models import Project
from learning.models import ModelVersion, Run, RunEpoch
from learning.services.runs import start_run
from tests.factories import make_findings, make_project, make_studies
from tests.learning.world import fill, read, run_here, tiny_recipe
from workers.engine.runner import run_job
from workers.models import Job

RECIPE = tiny_recipe(optimiser={"max_epochs": 24})


@pytest.fixture
def project(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Project:
    """With 30 read studies; processes that are started find this test's database and files."""
    if connection.vendor != "sqlite":
        pytest.skip("the process of the job is given a SQLite file")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{connection.settings_dict['NAME']}")
    monkeypatch.setenv("RADLOOP_HOME", str(settings.HOME))
    project = make_project()
    make_findings(project)
    worklist = create_worklist(project=project, name="First labels", mode="unaided")
    fill(worklist, make_studies(project, 30, with_truth=True))
    read(worklist, "simulated-first", 30)
    return project


@pytest.fixture(autouse=True)
def _as_many_threads_afterwards() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def in_a_process_of_its_own(job: Job) -> threading.Thread:
    def work() -> None:
        try:
            run_job(job.pk)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def the_process_of(job: Job) -> psutil.Process | None:
    for child in psutil.Process().children(recursive=True):
        if str(job.pk) in " ".join(child.cmdline()):
            return child
    return None


def until(condition: Any, seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("it did not come about in time")


def test_a_training_killed_half_way_ends_with_the_same_metrics(project: Project) -> None:
    undisturbed = start_run(project=project, recipe=RECIPE, user=None)
    assert run_here(undisturbed.job).state == "done"

    run = start_run(project=project, recipe=RECIPE, user=None)
    supervisor = in_a_process_of_its_own(run.job)
    until(lambda: RunEpoch.objects.filter(run=run, epoch__gte=2).exists())
    child = the_process_of(run.job)
    assert child is not None
    os.kill(child.pid, signal.SIGKILL)
    supervisor.join()
    run.job.refresh_from_db()
    assert (run.job.state, run.job.attempt) == ("queued", 1)
    assert "killed" in run.job.failure
    reached = RunEpoch.objects.filter(run=run).count()
    assert 2 <= reached < 24

    Job.objects.filter(pk=run.job_id).update(not_before=None)
    in_a_process_of_its_own(run.job).join()
    run.job.refresh_from_db()
    assert (run.job.state, run.job.attempt) == ("done", 2)
    first, again = Run.objects.get(pk=undisturbed.pk), Run.objects.get(pk=run.pk)
    assert again.metrics == first.metrics
    assert [_curve(e) for e in again.epochs.all()] == [_curve(e) for e in first.epochs.all()]
    assert ModelVersion.objects.filter(run=run).count() == 1


def _curve(epoch: RunEpoch) -> dict[str, Any]:
    return {name: value for name, value in epoch.values.items() if not name.startswith("seconds")}


def test_a_cancelled_training_ends_its_process(project: Project) -> None:
    from workers.engine import request_cancel

    run = start_run(project=project, recipe=tiny_recipe(optimiser={"max_epochs": 1000}), user=None)
    supervisor = in_a_process_of_its_own(run.job)
    until(lambda: RunEpoch.objects.filter(run=run).exists())
    child = the_process_of(run.job)
    request_cancel(Job.objects.get(pk=run.job_id))
    supervisor.join()
    run.job.refresh_from_db()
    assert run.job.state == "cancelled"
    assert child is not None
    assert not child.is_running()
    assert not ModelVersion.objects.filter(run=run).exists()
