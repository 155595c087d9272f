"""Running one claimed job: in this process, or in one of its own."""

from __future__ import annotations

import logging
import os
import socket
from uuid import UUID

from core.errors import DomainError
from workers.engine import claims
from workers.engine.context import JobContext
from workers.engine.errors import JobStopped, PermanentFailure
from workers.engine.heartbeat import Heartbeat, close_stale_connections
from workers.engine.isolation import run_isolated
from workers.engine.registry import HANDLERS, handler_of
from workers.models import Job, JobState

logger = logging.getLogger(__name__)


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def run_job(job_id: UUID | str) -> bool:
    """Claim and run. False: it was not ours to run (a duplicate wake-up, not due yet, cancelled)."""
    close_stale_connections()
    job = claims.claim(job_id, worker=worker_name())
    if job is None:
        return False
    if job.attempt > 1:
        claims.disown_children(job.pk)
    if job.kind in HANDLERS and HANDLERS[job.kind].isolated:
        run_isolated(job)
    else:
        with Heartbeat(job):
            execute(job)
    _after(job)
    return True


def execute(job: Job) -> None:
    """Call the handler and write how it ended. Called in the process that does the work."""
    context = JobContext(job)
    try:
        result = handler_of(job.kind).run(context)
        has_children = Job.objects.filter(parent=job).exists()
        end = claims.wait_for_children if has_children else claims.finish
        if not end(job.pk, job.attempt, result):
            claims.cancelled(job.pk, job.attempt)
    except JobStopped:
        claims.cancelled(job.pk, job.attempt)
    except (PermanentFailure, DomainError) as error:
        claims.fail(job.pk, job.attempt, str(error))
    except Exception as error:
        logger.exception("job %s (%s) failed in attempt %s", job.pk, job.kind, job.attempt)
        claims.try_again(job.pk, job.attempt, f"{type(error).__name__}: {error}"[:1000])


def run_pending(*, limit: int = 1000) -> int:
    """Run what is queued and due, here and now, until nothing is left. For tests and the command line."""
    done = 0
    while done < limit:
        job_id = (
            Job.objects.filter(claims.is_due(), state=JobState.QUEUED).order_by("-priority", "created_at")
            .values_list("pk", flat=True).first()
        )
        if job_id is None:
            break
        run_job(job_id)
        done += 1
    return done


def _after(job: Job) -> None:
    # Asked again: the parent may have disowned it meanwhile.
    parent_id = Job.objects.filter(pk=job.pk).values_list("parent_id", flat=True).first()
    if parent_id is not None:
        claims.settle_parent(parent_id)
    if Job.objects.filter(parent=job).exists():
        claims.settle_parent(job.pk)
