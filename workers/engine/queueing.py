"""Putting work into the queue, and taking it out again."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from core.errors import Conflict
from core.models import Project, User
from workers.engine import claims
from workers.engine.registry import handler_of
from workers.models import Job, JobState

logger = logging.getLogger(__name__)


def defer(
    kind: str, *, payload: dict[str, Any], project: Project | None = None, user: User | None = None, label: str = "",
    parent: Job | None = None, dedupe_key: str | None = None, priority: int = 0, queue: str | None = None,
    not_before: datetime | None = None,
) -> Job:
    """Insert a job in the caller's transaction; the wake-up leaves on commit.

    With a `dedupe_key` whose job is unfinished, that job is returned and nothing is inserted.
    Raises PermanentFailure for an unknown kind.
    """
    known = handler_of(kind)
    job = Job(
        kind=kind, queue=queue or known.queue, payload=payload, label=label or kind, project=project,
        created_by=user, parent=parent, dedupe_key=dedupe_key, priority=priority, not_before=not_before,
        max_attempts=known.max_attempts,
    )
    unfinished = _insert(job)
    if unfinished is not None:
        return unfinished
    transaction.on_commit(lambda: wake(job))
    return job


def _insert(job: Job, tries: int = 3) -> Job | None:
    """Insert it, or return the unfinished job that has its key."""
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        holder = Job.objects.filter(dedupe_key=job.dedupe_key, state__in=claims.UNFINISHED).first()
        if job.dedupe_key is None or (holder is None and tries == 1):
            raise
        # Without a holder the one in the way has just ended.
        return holder or _insert(job, tries - 1)
    return None


def wake(job: Job) -> None:
    """Tell a worker. A broker that is down costs a few seconds until the sweep, never the request."""
    from workers.celery import app

    try:
        app.send_task("workers.run", args=[str(job.pk)], queue=job.queue, retry=False)
        Job.objects.filter(pk=job.pk).update(woken_at=Now())
    except Exception as error:  # any transport may fail in its own way
        logger.warning("job %s: no wake-up sent (%s); the sweep will", job.pk, type(error).__name__)


def request_cancel(job: Job) -> None:
    """Queued jobs end at once; running ones are told, and stop within a heartbeat. Children too."""
    family = Job.objects.filter(Q(pk=job.pk) | Q(parent=job))
    nobody_at_it = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, worker=claims.WAITING)
    with transaction.atomic():
        # First the flag, for all: a worker that claims one of them meanwhile is told, too.
        family.filter(state__in=claims.UNFINISHED).update(cancel_requested=True)
        family.filter(nobody_at_it).update(state=JobState.CANCELLED, finished_at=Now(), lease_expires_at=None)
    if job.parent_id is not None:
        claims.settle_parent(job.parent_id)
    job.refresh_from_db()


def retry(job: Job) -> Job:
    """Queue a failed or cancelled job once more, with fresh attempts.

    Raises Conflict while it is unfinished, done, or the same work is queued under its key again.
    """
    try:
        with transaction.atomic():
            again = Job.objects.filter(pk=job.pk, state__in=[JobState.FAILED, JobState.CANCELLED]).update(
                state=JobState.QUEUED, max_attempts=job.attempt + 5, cancel_requested=False, failure="",
                finished_at=None, not_before=None, lease_expires_at=None, woken_at=None,
            )
    except IntegrityError:
        raise Conflict("The same work is queued or running already.") from None
    job.refresh_from_db()
    if not again:
        raise Conflict(f"This job is {job.state}; only failed or cancelled jobs can be tried again.", state=job.state)
    transaction.on_commit(lambda: wake(job))
    return job
