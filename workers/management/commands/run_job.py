"""The process of one isolated job; started by a worker, not by people."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from workers.engine.runner import execute
from workers.models import Job, JobState


def _stop(signum: int, frame: FrameType | None) -> None:
    sys.exit(128 + signum)


class Command(BaseCommand):
    help = "Run one claimed job in this process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("job_id")
        parser.add_argument("attempt", type=int)

    def handle(self, *, job_id: str, attempt: int, **_: Any) -> None:
        from workers.celery import app

        app.loader.import_default_modules()
        signal.signal(signal.SIGTERM, _stop)
        job = Job.objects.filter(pk=job_id, attempt=attempt, state=JobState.RUNNING).first()
        if job is not None:
            execute(job)
