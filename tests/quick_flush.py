"""Emptying the database between tests, and writing to a disk that nobody's power supply stands behind.

Postgres: TRUNCATE makes new files for every table, seconds per test. Both: after emptying, Django works out all
permissions again, a third of a second per test; they and content types follow from the models, so they are left alone.
SQLite: a test's commits need not outlive the machine, only the process (tests of killed processes start their own).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.management.commands import flush
from django.db.backends.postgresql.operations import DatabaseOperations as Postgres
from django.db.backends.signals import connection_created

from core.sqlite.base import DatabaseWrapper

KEPT = frozenset({"django_content_type", "auth_permission"})
Sqlite = DatabaseWrapper.ops_class
_truncate = Postgres.sql_flush
_empty = Sqlite.sql_flush


def _filled(operations: Any, tables: Sequence[str]) -> list[str]:
    """Names of the tables that hold rows, but for KEPT."""
    asked = [name for name in tables if name not in KEPT]
    quoted = [operations.quote_name(name) for name in asked]
    parts = [f"SELECT * FROM (SELECT {n} FROM {name} LIMIT 1) AS t{n}" for n, name in enumerate(quoted)]
    found: set[int] = set()
    with operations.connection.cursor() as cursor:
        for start in range(0, len(parts), 100):  # SQLite takes no longer compounds
            cursor.execute(" UNION ALL ".join(parts[start:start + 100]))
            found |= {row[0] for row in cursor.fetchall()}
    return [asked[n] for n in sorted(found)]


def postgres_flush(
    self: Postgres, style: Any, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
) -> list[str]:
    """Delete from the tables that hold rows, with triggers and foreign keys asleep (a superuser may do that)."""
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        is_superuser = cursor.fetchone()[0]
    if not is_superuser or reset_sequences or not tables:
        return _truncate(self, style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade)
    filled = _filled(self, tables)
    asleep, awake = (f"SET session_replication_role = {role}" for role in ("replica", "origin"))
    return [asleep, *(f"DELETE FROM {self.quote_name(name)}" for name in filled), awake] if filled else []


def sqlite_flush(
    self: Any, style: Any, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
) -> list[str]:
    filled = tables if reset_sequences else _filled(self, tables)
    if not filled:
        return []
    return _empty(self, style, filled, reset_sequences=reset_sequences, allow_cascade=allow_cascade)


def _without_waiting_for_the_disk(connection: Any, **_: Any) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous=OFF")


def install() -> None:
    Postgres.sql_flush = postgres_flush  # type: ignore[method-assign]
    Sqlite.sql_flush = sqlite_flush  # type: ignore[assignment, method-assign]
    flush.emit_post_migrate_signal = lambda *_, **__: None
    connection_created.connect(_without_waiting_for_the_disk)
