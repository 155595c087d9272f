"""The two stacks that claims are checked on, each with a temporary home and database of its own.

embedded  SQLite and a folder as broker; served  Postgres and Redis (RADLOOP_TEST_POSTGRES, RADLOOP_TEST_REDIS).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlparse, urlunparse

from workers.supervisor import following

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("RADLOOP_TEST_POSTGRES") or "postgres://root@127.0.0.1:5432/postgres"
REDIS = os.environ.get("RADLOOP_TEST_REDIS") or "redis://127.0.0.1:6379/9"


@dataclass
class Stack:
    """Where a service's processes run; whatever was started here ends with it."""

    name: str
    home: Path
    database_url: str
    broker_url: str
    settings: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("RADLOOP_") and k != "DATABASE_URL"}
        return kept | {
            "RADLOOP_HOME": str(self.home), "DATABASE_URL": self.database_url, "RADLOOP_BROKER_URL": self.broker_url,
            "DJANGO_SETTINGS_MODULE": self.settings, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1",
            "CELERY_SKIP_CHECKS": "1", "RADLOOP_SUPERVISED": "1",
        }

    def start(self, *command: str, log: str = "") -> subprocess.Popen[bytes]:
        """Start python with these arguments; its output goes into a file in the home folder."""
        with (self.home / f"{log or 'processes'}.log").open("ab") as file:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.environment, stdout=file, stderr=file,
                start_new_session=True, preexec_fn=following(os.getpid()),
            )
        self.processes.append(process)
        return process

    def start_worker(self, processes: int = 2) -> subprocess.Popen[bytes]:
        return self.start(
            "-m", "celery", "-A", "workers.celery", "worker", "-Q", "cpu,gpu,nlp", "-c", str(processes), "--loglevel",
            "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat", log="worker",
        )

    def manage(self, *words: str) -> str:
        """Run a management command to its end. Raises RuntimeError with what it said when it fails."""
        answer = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment, capture_output=True, text=True,
            check=False,
        )
        if answer.returncode:
            raise RuntimeError(f"manage.py {' '.join(words)}: {answer.stderr[-2000:]}")
        return answer.stdout

    def wipe_broker(self) -> None:
        """As if a person had emptied it: every wake-up that nobody has taken yet is gone."""
        if self.broker_url:
            import redis

            redis.Redis.from_url(self.broker_url).flushdb()
        else:
            shutil.rmtree(self.home / "broker", ignore_errors=True)

    def end(self) -> None:
        for process in self.processes:
            kill(process)
        self.processes.clear()


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 of one process; what it started must notice by itself."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def embedded(settings: str = "config.settings") -> Iterator[Stack]:
    """RADLOOP_MIGRATED may name a migrated database to begin with a copy of: tests start many stacks."""
    with _home() as home:
        if migrated := os.environ.get("RADLOOP_MIGRATED"):
            shutil.copyfile(migrated, home / "radloop.sqlite3")
        yield from _running(Stack("embedded", home, f"sqlite:///{home}/radloop.sqlite3", "", settings))


@contextlib.contextmanager
def served(settings: str = "config.settings", *, postgres: str = POSTGRES, broker: str = REDIS) -> Iterator[Stack]:
    """Makes a database on the server and drops it; empties the Redis database."""
    with _home() as home, _database(postgres) as url:
        stack = Stack("served", home, url, broker, settings)
        stack.wipe_broker()
        try:
            yield from _running(stack)
        finally:
            stack.wipe_broker()


STACKS = {"embedded": embedded, "served": served}


def _running(stack: Stack) -> Iterator[Stack]:
    try:
        stack.manage("migrate", "--verbosity", "0", "--skip-checks")
        yield stack
    finally:
        stack.end()


@contextlib.contextmanager
def _home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="radloop-stack-"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def _database(server: str) -> Iterator[str]:
    import psycopg

    name = f"radloop_{os.getpid()}_{secrets.token_hex(3)}"
    with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunparse(urlparse(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def chosen(names: Sequence[str]) -> list[str]:
    """The stacks that were asked for, both when none was. Raises SystemExit naming the known ones."""
    unknown = [name for name in names if name not in STACKS]
    if unknown:
        raise SystemExit(f"No stack {unknown[0]!r}; known: {', '.join(STACKS)}.")
    return list(names or STACKS)
