"""Handlers for tests: what a job does is what the test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from workers.engine import JobContext, handler
from workers.models import Job

Act = Callable[[JobContext], "dict[str, Any] | None"]
_act: list[Act] = []


@handler("tests.act", max_attempts=3)
def act(job: JobContext) -> dict[str, Any] | None:
    return _act[-1](job)


@handler("tests.add")
def add(job: JobContext) -> dict[str, Any]:
    return {"sum": sum(job.payload["numbers"])}


@handler("tests.other", queue="nlp")
def other(job: JobContext) -> None:
    """Does nothing."""


@contextmanager
def acting(does: Act) -> Iterator[None]:
    """Within, jobs of kind tests.act do this."""
    _act.append(does)
    try:
        yield
    finally:
        _act.pop()


def expire_lease(job: Job) -> None:
    """As if its worker had been gone for as long as a lease lasts."""
    Job.objects.filter(pk=job.pk).update(lease_expires_at=Now() - timedelta(seconds=1))


def make_due(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(not_before=None)
