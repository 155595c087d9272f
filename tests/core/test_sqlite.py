"""The embedded database: durable, and fair to writers of many processes."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

BEGIN = """
import os, sys, time
from django.conf import settings
parent = os.getppid()
path, name = sys.argv[1], sys.argv[2]
settings.configure(USE_TZ=True, DATABASES={"default": {
    "ENGINE": "core.sqlite", "NAME": path,
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": float(sys.argv[3])}}})
import django; django.setup()
from django.db import connection, transaction
def run(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
def say(*words): print(*words, flush=True)
"""
COUNT = """
for _ in range(60):
    with transaction.atomic():
        n = run("SELECT n FROM counter")[0][0]
        run("UPDATE counter SET n = %s", n + 1)
"""
SINGLE = """
for _ in range(60):
    run("INSERT INTO line (writer) VALUES (%s)", name)
"""
UNTIL_ALL_HAVE = """
for _ in range(100_000):
    run("INSERT INTO line (writer) VALUES (%s)", name)
    shares = run("SELECT COUNT(*) FROM line GROUP BY writer")
    if len(shares) == 4 and min(shares)[0] >= 25: break
    if os.getppid() != parent: sys.exit("the test has gone")
else:
    sys.exit("somebody was kept waiting")
"""
HOLD = """
with transaction.atomic():
    run("UPDATE counter SET n = n + 100")
    say("holding")
    time.sleep(120)
"""
WRITE = """
say("asking")
run("UPDATE counter SET n = n + 1")
say("written")
"""
PRAGMAS = """
say(*(run("PRAGMA " + p)[0][0] for p in ("journal_mode", "synchronous", "foreign_keys")))
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    """In WAL mode, held open: the first opening and the last closing of a database take locks of their own."""
    path = tmp_path / "fair.sqlite3"
    with closing(sqlite3.connect(path)) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE counter (n INTEGER)")
        made.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, writer TEXT)")
        made.execute("INSERT INTO counter VALUES (0)")
        made.commit()
        yield path


def start(script: str, database: Path, name: str = "w", *, sqlites_patience: float = 0) -> subprocess.Popen[str]:
    """Without patience of SQLite's own, whoever waits waits in the fair lock."""
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + script, str(database), name, str(sqlites_patience)], cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def end(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def number(database: Path, query: str = "SELECT n FROM counter") -> int:
    with closing(sqlite3.connect(database)) as seen:
        found: int = seen.execute(query).fetchone()[0]
    return found


def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    assert end(start(PRAGMAS, tmp_path / "new.sqlite3")).split() == ["wal", "2", "1"]


def test_processes_may_open_a_new_database_together(tmp_path: Path) -> None:
    for process in [start(PRAGMAS, tmp_path / "new.sqlite3", sqlites_patience=30) for _ in range(6)]:
        assert end(process).split() == ["wal", "2", "1"]


def test_transactions_of_many_processes_all_succeed(database: Path) -> None:
    for process in [start(COUNT, database) for _ in range(5)]:
        end(process)
    assert number(database) == 300


def test_single_statements_wait_in_the_same_line_as_transactions(database: Path) -> None:
    for process in [start(script, database) for script in (SINGLE, SINGLE, COUNT, COUNT)]:
        end(process)
    assert number(database) == 120
    assert number(database, "SELECT COUNT(*) FROM line") == 120


def test_no_writer_is_kept_waiting_for_ever_by_busy_ones(database: Path) -> None:
    for process in [start(UNTIL_ALL_HAVE, database, name) for name in "abcd"]:
        end(process)
    assert number(database, "SELECT COUNT(DISTINCT writer) FROM line") == 4


def test_a_killed_holder_gives_the_lock_back_and_leaves_nothing_half_done(database: Path) -> None:
    holder = start(HOLD, database)
    assert line_of(holder) == "holding"
    waiter = start(WRITE, database)
    assert line_of(waiter) == "asking"
    assert waiter.poll() is None
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert "written" in end(waiter)
    assert number(database) == 1
