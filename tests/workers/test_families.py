"""Parents and children: the last child finishes the parent, by whichever worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.racing import errors_of, race
from tests.workers.chores import acting, expire_lease, make_due
from workers.engine import JobContext, PermanentFailure, claims, defer, request_cancel, retry, run_pending
from workers.engine.runner import run_job
from workers.models import Job
from workers.schedule import sweep_once

pytestmark = pytest.mark.django_db


def begets(number: int) -> Callable[[JobContext], dict[str, Any]]:
    def act(job: JobContext) -> dict[str, Any]:
        me = Job.objects.get(pk=job.id)
        for n in range(number):
            defer("tests.add", payload={"numbers": [n]}, parent=me, label=f"part {n}")
        return {"parts": number}

    return act


def parent_of(number: int) -> Job:
    """A parent whose handler is through."""
    with acting(begets(number)):
        parent = defer("tests.act", payload={})
        run_job(parent.pk)
    parent.refresh_from_db()
    return parent


def test_a_parent_waits_for_its_children_and_keeps_its_result() -> None:
    parent = parent_of(3)
    assert (parent.state, parent.worker) == ("running", "children")
    assert run_pending() == 3
    parent.refresh_from_db()
    assert (parent.state, parent.result, parent.progress) == ("done", {"parts": 3}, 1.0)


def test_a_parent_without_children_is_done_at_once() -> None:
    assert parent_of(0).state == "done"


@pytest.mark.django_db(transaction=True)
def test_children_that_end_together_finish_the_parent_once() -> None:
    parent = parent_of(4)
    children = list(parent.children.values_list("pk", flat=True))
    assert errors_of(race(*(lambda pk=pk: run_job(pk) for pk in children))) == []
    parent.refresh_from_db()
    assert parent.state == "done"


def test_a_failed_child_fails_the_parent_with_its_reason() -> None:
    parent = parent_of(2)
    child = parent.children.order_by("created_at").last()
    assert child is not None
    claims.claim(child.pk, worker="w")
    claims.fail(child.pk, 1, "The scan is empty.")
    run_pending()
    parent.refresh_from_db()
    assert (parent.state, parent.failure) == ("failed", f"{child.label}: The scan is empty.")


def test_a_child_that_failed_before_the_parent_was_through_counts_too() -> None:
    def act(job: JobContext) -> None:
        child = defer("tests.add", payload={}, parent=Job.objects.get(pk=job.id), label="early")
        claims.claim(child.pk, worker="w")
        claims.fail(child.pk, 1, "No.")

    with acting(act):
        parent = defer("tests.act", payload={})
        run_job(parent.pk)
    parent.refresh_from_db()
    assert (parent.state, parent.failure) == ("failed", "early: No.")


def test_no_lease_runs_out_while_a_parent_waits() -> None:
    parent = parent_of(1)
    assert not claims.renew(parent.pk, parent.attempt)
    sweep_once()
    parent.refresh_from_db()
    assert (parent.state, parent.attempt) == ("running", 1)
    assert run_job(parent.pk) is False


def test_a_parent_whose_last_childs_worker_died_before_telling_it_is_settled_by_the_sweep() -> None:
    parent = parent_of(1)
    child = parent.children.get()
    claims.claim(child.pk, worker="dies")
    claims.finish(child.pk, 1, {})
    sweep_once()
    parent.refresh_from_db()
    assert parent.state == "done"


def test_cancelling_a_parent_cancels_the_family() -> None:
    parent = parent_of(2)
    running, waiting = parent.children.order_by("created_at")
    claims.claim(running.pk, worker="w")
    request_cancel(parent)
    for row in (running, waiting):
        row.refresh_from_db()
    assert (parent.state, waiting.state) == ("cancelled", "cancelled")
    assert (running.state, running.cancel_requested) == ("running", True)
    assert not claims.renew(running.pk, 1)


def test_cancelling_the_last_child_settles_the_parent() -> None:
    parent = parent_of(1)
    request_cancel(parent.children.get())
    parent.refresh_from_db()
    assert (parent.state, parent.failure) == ("failed", "part 0: cancelled")


@pytest.mark.parametrize("way", ["worker lost", "error", "retry"])
def test_an_attempt_begins_with_no_children(way: str) -> None:
    """What an earlier attempt left half done neither fails the new one nor keeps it waiting."""
    begun = begets(2)

    def breaks(job: JobContext) -> None:
        begun(job)
        raise PermanentFailure("no") if way == "retry" else RuntimeError("no")

    with acting(breaks):
        parent = defer("tests.act", payload={})
        if way == "worker lost":
            taken = claims.claim(parent.pk, worker="dies")
            assert taken is not None
            begun(JobContext(taken))
            expire_lease(parent)
        else:
            run_job(parent.pk)
            make_due(parent)
    old = list(parent.children.all())
    parent.refresh_from_db()
    if way == "retry":
        retry(parent)
    with acting(begets(1)):
        run_job(parent.pk)
    assert parent.children.count() == 1
    assert {Job.objects.get(pk=job.pk).state for job in old} == {"cancelled"}
    run_pending()
    parent.refresh_from_db()
    assert (parent.state, parent.result) == ("done", {"parts": 1})
