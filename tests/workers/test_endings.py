"""How jobs end: done, failed, tried again, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.errors import Conflict, Invalid
from tests.workers.chores import acting, expire_lease, make_due
from workers.engine import JobContext, PermanentFailure, claims, defer, request_cancel, retry, run_pending
from workers.engine.heartbeat import still_mine
from workers.engine.runner import run_job
from workers.models import Job
from workers.schedule import sweep_once

pytestmark = pytest.mark.django_db


def broken(error: Exception) -> Callable[[JobContext], dict[str, Any]]:
    def act(job: JobContext) -> dict[str, Any]:
        raise error

    return act


def acted(does: Callable[[JobContext], Any]) -> Job:
    """A job that has done this once."""
    with acting(does):
        job = defer("tests.act", payload={})
        run_job(job.pk)
    job.refresh_from_db()
    return job


@pytest.mark.parametrize("error", [PermanentFailure("This is not a DICOM file."), Invalid("Nothing to learn from.")])
def test_what_cannot_succeed_is_not_tried_again_and_says_why(error: Exception) -> None:
    job = acted(broken(error))
    assert (job.state, job.failure, job.attempt) == ("failed", str(error), 1)


def test_an_unforeseen_error_goes_back_to_the_queue_with_a_pause_that_grows() -> None:
    pauses = []
    with acting(broken(RuntimeError("disk full"))):
        job = defer("tests.act", payload={})
        for _ in range(3):
            run_job(job.pk)
            job.refresh_from_db()
            if job.state == "queued":
                assert job.not_before is not None
                pauses.append((job.not_before - timezone.now()).total_seconds())
                assert run_pending() == 0
                make_due(job)
    assert pauses[0] == pytest.approx(2, abs=1)
    assert pauses[1] == pytest.approx(4, abs=1)
    assert (job.state, job.attempt, job.failure) == ("failed", 3, "RuntimeError: disk full")


def test_a_job_is_not_started_before_its_time() -> None:
    job = defer("tests.add", payload={"numbers": []}, not_before=timezone.now() + timedelta(hours=1))
    assert run_job(job.pk) is False
    Job.objects.filter(pk=job.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    assert run_job(job.pk) is True


def test_success_after_a_failure_forgets_the_failure() -> None:
    job = acted(broken(RuntimeError("once")))
    make_due(job)
    with acting(lambda context: {"ok": 1}):
        run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.failure, job.attempt) == ("done", "", 2)


def test_a_job_of_an_unknown_kind_fails_and_names_the_known_ones() -> None:
    with pytest.raises(PermanentFailure, match=r"known: .*tests\.add"):
        defer("tests.nonsense", payload={})
    job = Job.objects.create(kind="tests.nonsense")
    run_pending()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "No handler for jobs of kind 'tests.nonsense'" in job.failure


def test_a_queued_job_is_cancelled_at_once() -> None:
    job = defer("tests.add", payload={"numbers": []})
    request_cancel(job)
    assert (job.state, job.finished_at is not None) == ("cancelled", True)
    assert run_job(job.pk) is False


def test_a_running_job_stops_at_its_next_look() -> None:
    said = []

    def long(context: JobContext) -> None:
        request_cancel(Job.objects.get(pk=context.id))
        context.progress(0.1, "still here")
        said.append("after the stop")

    assert acted(long).state == "cancelled"
    assert said == []


@pytest.mark.parametrize("error", [RuntimeError("pipe closed"), PermanentFailure("no input")])
def test_a_handler_that_breaks_because_it_was_cancelled_counts_as_cancelled(error: Exception) -> None:
    def breaks(context: JobContext) -> None:
        request_cancel(Job.objects.get(pk=context.id))
        raise error

    assert acted(breaks).state == "cancelled"


def test_a_job_that_ends_before_it_notices_the_cancel_counts_as_cancelled() -> None:
    def quick(context: JobContext) -> dict[str, int]:
        request_cancel(Job.objects.get(pk=context.id))
        return {"done": 1}

    job = acted(quick)
    assert (job.state, job.result) == ("cancelled", None)


def test_a_cancelled_job_whose_worker_is_gone_is_closed_by_the_sweep() -> None:
    job = defer("tests.add", payload={"numbers": []})
    claims.claim(job.pk, worker="gone")
    request_cancel(job)
    assert job.state == "running"
    expire_lease(job)
    sweep_once()
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_job_whose_worker_is_lost_every_time_fails_in_the_end() -> None:
    job = defer("tests.add", payload={"numbers": []})
    for _ in range(5):
        assert claims.claim(job.pk, worker="doomed") is not None
        expire_lease(job)
    sweep_once()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "worker was lost" in job.failure


def test_a_cancel_of_something_finished_changes_nothing() -> None:
    job = acted(lambda context: {"ok": 1})
    request_cancel(job)
    assert (job.state, job.cancel_requested) == ("done", False)


@pytest.mark.parametrize("ending", ["failed", "cancelled"])
def test_a_failed_or_cancelled_job_may_be_tried_again_with_fresh_attempts(ending: str) -> None:
    job = defer("tests.add", payload={"numbers": [4]})
    Job.objects.filter(pk=job.pk).update(
        state=ending, finished_at=timezone.now(), attempt=5, cancel_requested=ending == "cancelled", failure="x",
    )
    job.refresh_from_db()
    retry(job)
    assert (job.state, job.failure, job.cancel_requested, job.finished_at) == ("queued", "", False, None)
    run_pending()
    job.refresh_from_db()
    assert (job.state, job.result, job.attempt) == ("done", {"sum": 4}, 6)


@pytest.mark.parametrize("state", ["queued", "done"])
def test_other_jobs_may_not_be_tried_again(state: str) -> None:
    job = defer("tests.add", payload={"numbers": []})
    if state == "done":
        run_pending()
    with pytest.raises(Conflict, match="only failed or cancelled"):
        retry(job)


def test_a_database_that_hiccups_does_not_end_the_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def down(*_: object) -> bool:
        raise OperationalError("server closed the connection")

    job = defer("tests.add", payload={"numbers": []})
    running = claims.claim(job.pk, worker="w")
    assert running is not None
    with monkeypatch.context() as patch:
        patch.setattr(claims, "renew", down)
        assert still_mine(running, renew=True) is True
    assert still_mine(running, renew=True) is True
    request_cancel(job)
    assert still_mine(running, renew=True) is False
