"""`make demo`: accounts, a project of phantoms, the service, and progress until the loop is alive."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from learning.demo.accounts import Account, ensure_accounts
from learning.demo.project import ensure_project
from workers.models import Job
from workers.supervisor import die_with_parent


class Command(BaseCommand):
    help = "Set up the demo project (once) and start the service. Ctrl-C ends everything."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--small", action="store_true", help="A tenth of the studies, for a quick look.")

    def handle(self, *, host: str, port: int, small: bool, **_: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        accounts = ensure_accounts()
        project = ensure_project()
        job = self._ensure_build(project.pk, small)
        command = [sys.executable, "manage.py", "up", "--host", host, "--port", str(port)]
        service = subprocess.Popen(command, preexec_fn=die_with_parent)
        signal.signal(signal.SIGTERM, lambda *_: service.terminate())
        try:
            self._announce(f"http://{host}:{port}/", accounts)
            self._follow(job, service)
            service.wait()
        except KeyboardInterrupt:
            with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                service.wait(timeout=20)
        finally:
            if service.poll() is None:
                service.terminate()
                service.wait(timeout=20)

    def _ensure_build(self, project_id: int, small: bool) -> Job | None:
        from learning.demo.jobs import ensure_build

        return ensure_build(project_id=project_id, small=small)

    def _announce(self, address: str, accounts: list[Account]) -> None:
        lines = [f"    {account.username:<12} {account.password}" for account in accounts]
        self.stdout.write("\n".join(["", f"  RadLoop is starting at {address}", *lines, ""]))
        self.stdout.flush()

    def _follow(self, job: Job | None, service: subprocess.Popen[bytes]) -> None:
        """Print what the build is doing until it has ended; then leave the service running."""
        if job is None:
            self.stdout.write("  The demo project is ready.\n")
            return
        said = ""
        while service.poll() is None:
            job.refresh_from_db()
            line = f"  {job.progress:4.0%}  {job.message}"
            if job.message and line != said:
                self.stdout.write(line)
                self.stdout.flush()
                said = line
            if job.finished_at is not None:
                self.stdout.write("  Everything is ready.\n" if job.state == "done" else f"  Stopped: {job.failure}\n")
                self.stdout.flush()
                return
            time.sleep(1.0)
