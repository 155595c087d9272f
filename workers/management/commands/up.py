"""The whole service on one machine under one supervised command: web, worker, sweep."""

from __future__ import annotations

import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workers.schedule import sweep_and_go_on
from workers.supervisor import Child, end_all


class Command(BaseCommand):
    help = "Start web, worker and sweep; Ctrl-C (or the end of this process, however it ends) ends them all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=2, help="Jobs done at the same time.")

    def handle(self, *, host: str, port: int, workers: int, **_: Any) -> None:
        self._require_free(host, port)
        # Collected files are optional here; the server only complains about a folder that is not there.
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
        from workers.celery import app

        app.loader.import_default_modules()
        self._stop = False
        for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(sign, self._on_signal)
        children = [Child("web", _web(host, port)), Child("worker", _worker(workers), niceness=5)]
        try:
            self._supervise(children, host, port)
        finally:
            end_all(children)

    def _supervise(self, children: list[Child], host: str, port: int) -> None:
        next_sweep, is_told = time.monotonic() + 3, False
        while not self._stop:
            if not is_told and _listens(host, port):
                self.stdout.write(f"RadLoop answers at http://{host}:{port}/ (Ctrl-C ends it)")
                self.stdout.flush()
                is_told = True
            for child in children:
                line = child.keep_alive()
                if line:
                    self.stderr.write(line)
            if time.monotonic() >= next_sweep:
                sweep_and_go_on()
                next_sweep = time.monotonic() + settings.JOB_SWEEP_SECONDS
            time.sleep(0.2)

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        self._stop = True

    def _require_free(self, host: str, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CommandError(
                    f"{host}:{port} is taken ({error.strerror}). Choose another: --port {port + 1}, or with make: "
                    f"PORT={port + 1}"
                ) from None


def _listens(host: str, port: int) -> bool:
    """Somebody takes connections there: an address that is told before can't be opened yet."""
    try:
        socket.create_connection((host, port), timeout=0.2).close()
    except OSError:
        return False
    return True


def _web(host: str, port: int) -> list[str]:
    return [
        str(Path(sys.executable).with_name("granian")), "--interface", "asginl", "--host", host, "--port", str(port),
        "--workers", "1", "--no-access-log", "--log-level", "warning", "config.asgi:application",
    ]


def _worker(count: int) -> list[str]:
    return [
        # Celery warns root at length; on one's own machine that only hides the address and the accounts.
        sys.executable, "-W", "ignore::UserWarning:celery.platforms",
        "-m", "celery", "--quiet", "-A", "workers.celery", "worker", "-Q", "cpu,gpu,nlp", "-c", str(count),
        "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]
