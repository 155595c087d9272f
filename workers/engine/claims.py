"""Every change of a job's state is one guarded UPDATE here. The clock is the database's, not the worker's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from workers.models import Job, JobState

ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
UNFINISHED = (JobState.QUEUED, JobState.RUNNING)
WAITING = "children"
"""Stands in `worker` while a parent waits for its children."""
LONG_AFTER = timedelta(days=3650)


def lease() -> timedelta:
    return timedelta(seconds=settings.JOB_LEASE_SECONDS)


def is_due() -> Q:
    return Q(not_before__isnull=True) | Q(not_before__lte=Now())


def claim(job_id: UUID | str, *, worker: str) -> Job | None:
    """Take the job if it is queued and due, or running under an expired lease. None: somebody else has it."""
    runnable = (Q(state=JobState.QUEUED) & is_due()) | Q(state=JobState.RUNNING, lease_expires_at__lt=Now())
    taken = Job.objects.filter(
        runnable, pk=job_id, cancel_requested=False, attempt__lt=F("max_attempts")
    ).update(
        state=JobState.RUNNING, attempt=F("attempt") + 1, worker=worker, heartbeat_at=Now(),
        lease_expires_at=Now() + lease(), started_at=Coalesce("started_at", Now()), failure="", not_before=None,
    )
    return Job.objects.get(pk=job_id) if taken else None


def mine(job_id: UUID | str, attempt: int) -> Any:
    """The row while it is still this attempt's to write; empty after a cancel or a lost lease."""
    return Job.objects.filter(pk=job_id, attempt=attempt, state=JobState.RUNNING, cancel_requested=False)


def renew(job_id: UUID | str, attempt: int) -> bool:
    """Heartbeat. False: stop."""
    rows = mine(job_id, attempt).exclude(worker=WAITING)
    return bool(rows.update(heartbeat_at=Now(), lease_expires_at=Now() + lease()))


def finish(job_id: UUID | str, attempt: int, result: dict[str, Any] | None) -> bool:
    return bool(
        mine(job_id, attempt).update(
            state=JobState.DONE, progress=1.0, seconds_left=0, result=result or {}, finished_at=Now(), failure=""
        )
    )


def wait_for_children(job_id: UUID | str, attempt: int, result: dict[str, Any] | None) -> bool:
    """The handler is through, its children may not be: nobody's lease runs on this row until they are."""
    return bool(
        mine(job_id, attempt).update(
            worker=WAITING, lease_expires_at=Now() + LONG_AFTER, heartbeat_at=Now(), result=result or {}
        )
    )


def told_by_children(parents: Sequence[UUID], fraction: float, message: str, seconds_left: float | None) -> int:
    """What children say of the whole work, on the rows of these parents that wait for them."""
    waiting = Job.objects.filter(pk__in=parents, state=JobState.RUNNING, worker=WAITING, cancel_requested=False)
    return waiting.update(progress=fraction, message=message, seconds_left=seconds_left, heartbeat_at=Now())


def disown_children(job_id: UUID) -> None:
    """An attempt begins with no children: those that an earlier attempt left behind are cancelled and forgotten."""
    children = Job.objects.filter(parent_id=job_id)
    children.filter(state__in=UNFINISHED).update(cancel_requested=True)
    children.filter(state=JobState.QUEUED).update(state=JobState.CANCELLED, finished_at=Now())
    children.update(parent=None)


def fail(job_id: UUID | str, attempt: int, reason: str) -> bool:
    """A job that was to be cancelled anyway counts as cancelled."""
    rows = Job.objects.filter(pk=job_id, attempt=attempt, state=JobState.RUNNING)
    return cancelled(job_id, attempt) or bool(
        rows.update(state=JobState.FAILED, failure=reason, finished_at=Now(), seconds_left=None)
    )


def try_again(job_id: UUID | str, attempt: int, reason: str) -> bool:
    """Back to the queue with a growing delay, or failed when the attempts are used up."""
    again = Job.objects.filter(
        pk=job_id, attempt=attempt, state=JobState.RUNNING, cancel_requested=False, attempt__lt=F("max_attempts")
    ).update(
        state=JobState.QUEUED, failure=reason, not_before=Now() + timedelta(seconds=min(60, 2**attempt)),
        lease_expires_at=None, woken_at=None,
    )
    return bool(again) or fail(job_id, attempt, reason)


def cancelled(job_id: UUID | str, attempt: int) -> bool:
    rows = Job.objects.filter(pk=job_id, attempt=attempt, state=JobState.RUNNING, cancel_requested=True)
    return bool(rows.update(state=JobState.CANCELLED, finished_at=Now(), seconds_left=None))


def settle_parent(parent_id: UUID) -> bool:
    """The last child finishes the parent: whoever comes first wins, the others find nothing to do."""
    children = Job.objects.filter(parent_id=parent_id)
    if children.exclude(state__in=ENDED).exists():
        return False
    bad = children.exclude(state=JobState.DONE).order_by("created_at").first()
    rows = Job.objects.filter(pk=parent_id, state=JobState.RUNNING, worker=WAITING)
    if bad is None:
        return bool(rows.update(state=JobState.DONE, progress=1.0, finished_at=Now(), seconds_left=0))
    reason = f"{bad.label or bad.kind}: {bad.failure or bad.state}"
    return bool(rows.update(state=JobState.FAILED, failure=reason, finished_at=Now()))
