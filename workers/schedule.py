"""What the sweep does: repairs lost wake-ups and leases, and calls what other apps registered with `every`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db.models import F, Q
from django.db.models.functions import Now

from workers.engine import claims
from workers.engine.heartbeat import close_stale_connections
from workers.engine.queueing import wake
from workers.models import Job, JobState

logger = logging.getLogger(__name__)


@dataclass
class _Periodic:
    run: Callable[[], object]
    seconds: float
    due: float = 0.0


PERIODIC: dict[str, _Periodic] = {}


def every(seconds: float) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Register a function that the sweep calls about every `seconds`. It must be safe to call twice."""

    def register(run: Callable[[], object]) -> Callable[[], object]:
        PERIODIC[f"{run.__module__}.{run.__qualname__}"] = _Periodic(run, seconds)
        return run

    return register


def sweep_once() -> int:
    """One pass; returns how many wake-ups were sent."""
    close_stale_connections()
    for name, periodic in PERIODIC.items():
        if time.monotonic() >= periodic.due:
            periodic.due = time.monotonic() + periodic.seconds
            try:
                periodic.run()
            except Exception:
                logger.exception("sweep: %s failed; tried again in %s s", name, periodic.seconds)
    return _repair()


def sweep_and_go_on() -> None:
    """One pass of a process that must outlive a database which is away for a while."""
    try:
        sweep_once()
    except DatabaseTrouble:
        logger.exception("sweep: the database did not answer; tried again in %s s", settings.JOB_SWEEP_SECONDS)


def _repair() -> int:
    expired = Q(state=JobState.RUNNING, lease_expires_at__lt=Now())
    Job.objects.filter(expired, cancel_requested=True).update(state=JobState.CANCELLED, finished_at=Now())
    Job.objects.filter(expired, attempt__gte=F("max_attempts")).update(
        state=JobState.FAILED, finished_at=Now(),
        failure="Its worker was lost each time it was tried. See the service's log, then try again.",
    )
    for parent in Job.objects.filter(state=JobState.RUNNING, worker=claims.WAITING).values_list("pk", flat=True):
        claims.settle_parent(parent)
    lost = Job.objects.filter((Q(state=JobState.QUEUED) & claims.is_due() & _forgotten()) | expired)
    jobs = list(lost.order_by("-priority", "created_at")[:500])
    for job in jobs:
        wake(job)
    return len(jobs)


def _forgotten() -> Q:
    """Woken too long ago, or never. What has waited long is woken more rarely: behind an hour of training the broker
    must not fill with wake-ups."""
    patience = timedelta(seconds=settings.JOB_SWEEP_SECONDS)
    young = Q(created_at__gt=Now() - 10 * patience)
    return (
        Q(woken_at__isnull=True, created_at__lt=Now() - patience)
        | Q(young, woken_at__lt=Now() - patience)
        | Q(woken_at__lt=Now() - 6 * patience)
    )
