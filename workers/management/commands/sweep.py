"""The sweep as a process of its own (many machines); `up` runs it on one machine."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from workers.schedule import sweep_and_go_on, sweep_once


class Command(BaseCommand):
    help = "Re-send lost wake-ups, take back expired leases, run periodic work, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true")

    def handle(self, *, once: bool, **_: Any) -> None:
        from workers.celery import app

        app.loader.import_default_modules()
        while not once:
            sweep_and_go_on()
            time.sleep(settings.JOB_SWEEP_SECONDS)
        sweep_once()
