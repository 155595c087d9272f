"""An isolated job's process: started, watched, ended when it must end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time

from django.conf import settings
from django.db.models import Q

from workers.engine import claims
from workers.engine.heartbeat import Beats
from workers.models import Job, JobState
from workers.supervisor import following

GRACE = 20.0
"""Seconds that a process may take to leave after it has written how its job ended."""


def run_isolated(job: Job) -> None:
    """Run the job in a process group of its own that dies with us; keep its lease; end it when told to."""
    command = [sys.executable, "manage.py", "run_job", str(job.pk), str(job.attempt)]
    child = subprocess.Popen(
        command, cwd=settings.PROJECT_ROOT, start_new_session=True, preexec_fn=following(os.getpid())
    )
    try:
        _watch(job, child)
    finally:
        if child.poll() is None:
            end_group(child)
    claims.cancelled(job.pk, job.attempt)
    if _is_unfinished(job):
        claims.try_again(job.pk, job.attempt, _why(child.returncode))


def _watch(job: Job, child: subprocess.Popen[bytes]) -> None:
    beats = Beats(job)
    leave_by = float("inf")
    while child.poll() is None:
        time.sleep(0.1)
        if beats.lost():
            if not _has_ended(job):
                return end_group(child)
            leave_by = min(leave_by, time.monotonic() + GRACE)
        if time.monotonic() > leave_by:
            return end_group(child)


def _has_ended(job: Job) -> bool:
    """Whether this attempt wrote its end by itself, so that its process is about to leave."""
    ended = ~Q(state=JobState.RUNNING) | Q(worker=claims.WAITING)
    return Job.objects.filter(ended, pk=job.pk, attempt=job.attempt, cancel_requested=False).exists()


def _is_unfinished(job: Job) -> bool:
    running = Job.objects.filter(pk=job.pk, attempt=job.attempt, state=JobState.RUNNING)
    return running.exclude(worker=claims.WAITING).exists()


def _why(returncode: int) -> str:
    if returncode == -signal.SIGKILL:
        return "The process was killed, most likely for want of memory. Try a smaller batch or image size."
    if returncode < 0:
        return f"The process was ended by {signal.Signals(-returncode).name}."
    return f"The process ended with status {returncode}; the service's log has the details."


def end_group(child: subprocess.Popen[bytes]) -> None:
    """Ask the group to end, insist after five seconds; all of it is gone when this returns."""
    _signal(child, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(5.0)
    # Also when the leader has gone: it may have left children of its own in the group.
    _signal(child, signal.SIGKILL)
    child.wait()


def _signal(child: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, sign)
