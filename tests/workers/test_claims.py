"""Who may write a job's row, and when: claims, leases, fences."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.racing import errors_of, race
from tests.workers.chores import acting, expire_lease
from workers.engine import JobContext, JobStopped, claims, defer, run_pending
from workers.engine.runner import run_job
from workers.models import Job, JobLine

pytestmark = pytest.mark.django_db


def queued(**fields: Any) -> Job:
    return defer("tests.add", payload={"numbers": [1, 2]}, **fields)


def claimed(job: Job, worker: str = "w") -> Job:
    taken = claims.claim(job.pk, worker=worker)
    assert taken is not None
    return taken


def state(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def test_a_deferred_job_runs_once() -> None:
    job = queued()
    assert (run_pending(), run_pending()) == (1, 0)
    job.refresh_from_db()
    assert (job.state, job.result, job.attempt, job.progress) == ("done", {"sum": 3}, 1, 1.0)
    assert job.started_at is not None
    assert job.finished_at is not None


def test_a_second_wake_up_finds_nothing_to_do() -> None:
    job = queued()
    assert (run_job(job.pk), run_job(job.pk)) == (True, False)
    job.refresh_from_db()
    assert job.attempt == 1


@pytest.mark.django_db(transaction=True)
def test_of_racing_workers_one_gets_the_job() -> None:
    job = queued()
    answers = race(*(lambda n=n: claims.claim(job.pk, worker=f"w{n}") for n in range(8)))
    assert errors_of(answers) == []
    assert sum(answer is not None for answer in answers) == 1
    job.refresh_from_db()
    assert (job.attempt, job.state) == (1, "running")


def test_a_running_job_is_not_taken_while_its_lease_lasts() -> None:
    job = queued()
    claimed(job)
    assert claims.claim(job.pk, worker="other") is None


@pytest.mark.django_db(transaction=True)
def test_an_expired_lease_is_taken_over_by_one() -> None:
    job = queued()
    claimed(job)
    expire_lease(job)
    answers = race(*(lambda n=n: claims.claim(job.pk, worker=f"w{n}") for n in range(6)))
    assert sum(isinstance(answer, Job) for answer in answers) == 1
    job.refresh_from_db()
    assert job.attempt == 2


def test_a_heartbeat_keeps_the_lease() -> None:
    job = claimed(queued())
    expire_lease(job)
    assert claims.renew(job.pk, job.attempt)
    assert claims.claim(job.pk, worker="other") is None


FENCED = {
    "renew": lambda old: claims.renew(old.pk, old.attempt),
    "finish": lambda old: claims.finish(old.pk, old.attempt, {"from": "old"}),
    "fail": lambda old: claims.fail(old.pk, old.attempt, "old"),
    "try_again": lambda old: claims.try_again(old.pk, old.attempt, "old"),
    "cancelled": lambda old: claims.cancelled(old.pk, old.attempt),
    "wait_for_children": lambda old: claims.wait_for_children(old.pk, old.attempt, None),
}


@pytest.mark.parametrize("write", FENCED)
def test_nothing_the_old_attempt_writes_reaches_the_row(write: str) -> None:
    old = claimed(queued())
    expire_lease(old)
    new = claimed(old, "other")
    assert FENCED[write](old) is False
    found = Job.objects.get(pk=old.pk)
    assert (found.state, found.attempt, found.worker, found.result) == ("running", 2, "other", None)
    assert claims.finish(new.pk, new.attempt, {"from": "new"})
    assert FENCED[write](old) is False
    assert Job.objects.get(pk=old.pk).result == {"from": "new"}


def test_an_old_attempts_effect_is_rolled_back_with_its_fence() -> None:
    old = claimed(queued())
    context = JobContext(old)
    expire_lease(old)
    claimed(old, "other")
    with pytest.raises(JobStopped), context.fenced():
        JobLine.objects.create(job=old, attempt=1, text="effect")
    with pytest.raises(JobStopped):
        context.progress(0.5, "half")
    with pytest.raises(JobStopped):
        context.finish({})
    assert not JobLine.objects.exists()


def test_a_takeover_during_the_effect_waits_for_it_and_then_finds_it_done() -> None:
    """The fence holds the row: effect and end are one, whatever the lease does meanwhile."""
    job = claimed(queued())
    context = JobContext(job)
    with context.fenced():
        JobLine.objects.create(job=job, attempt=1, text="effect")
        context.finish({"ok": 1})
    expire_lease(job)
    assert claims.claim(job.pk, worker="other") is None
    assert JobLine.objects.count() == 1


def test_a_stop_cannot_be_swallowed_by_a_handler() -> None:
    def stubborn(job: JobContext) -> dict[str, Any]:
        Job.objects.filter(pk=job.id).update(cancel_requested=True)
        try:
            job.progress(0.5, "half")
        except Exception:  # a handler that catches everything it knows
            return {"went": "on"}
        return {}

    with acting(stubborn):
        job = defer("tests.act", payload={})
        run_pending()
    assert (state(job), job.result) == ("cancelled", None)


def test_attempts_run_out() -> None:
    job = queued()
    Job.objects.filter(pk=job.pk).update(attempt=5)
    assert claims.claim(job.pk, worker="w") is None


def test_the_database_refuses_impossible_rows() -> None:
    now = timezone.now()
    for wrong in (
        {"state": "running"}, {"state": "done"}, {"state": "lost", "finished_at": now}, {"progress": 1.5},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Job.objects.create(kind="tests.add", **wrong)
