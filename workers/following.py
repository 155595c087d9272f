"""Watching a job from the command line, and running it here when no service does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from uuid import UUID

from django.db import connections

from workers.engine import claims, request_cancel
from workers.engine.runner import run_job
from workers.models import Job, JobState

ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


def follow(job: Job, *, say: Callable[[str], None], patience: float = 5.0, pause: float = 0.3) -> Job:
    """Say how the job goes until it has ended.

    A job that nobody has taken for `patience` seconds is run in this process: claims see to it that it is never run
    twice. Ctrl-C cancels a job that runs here; one that a service runs is left to it.
    """
    said, waited_since, here = "", time.monotonic(), _Here(job.pk)
    try:
        while True:
            job.refresh_from_db()
            line = _line(job)
            if line != said:
                said, waited_since = line, time.monotonic()
                say(line)
            if job.state in ENDED and not here.is_running:
                return job
            if not here.is_running and time.monotonic() - waited_since > (0.0 if here.began else patience):
                here.start()
            time.sleep(pause)
    except KeyboardInterrupt:
        if here.is_running:
            request_cancel(job)
            here.join()
        raise


def _line(job: Job) -> str:
    left = f", about {job.seconds_left:.0f} s left" if job.seconds_left and job.state == JobState.RUNNING else ""
    return f"{job.progress:4.0%}  {job.label}: {job.message or job.state}{left}"


class _Here:
    """A thread that tries to claim and run the job; the claim fails when somebody else has it."""

    def __init__(self, job_id: UUID) -> None:
        self._job_id = job_id
        self._thread: threading.Thread | None = None
        self.began = False

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.began = run_job(self._job_id) or self.began
            while self.began and (child := self._waiting_child()) is not None:
                run_job(child)
        finally:
            connections.close_all()

    def _waiting_child(self) -> UUID | None:
        """Of a parent that was run here: nobody else may be there to take its children."""
        waiting = Job.objects.filter(claims.is_due(), parent=self._job_id, state=JobState.QUEUED)
        return waiting.order_by("-priority", "created_at").values_list("pk", flat=True).first()

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join()
