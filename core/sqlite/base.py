"""SQLite for one machine: WAL, every commit on disk, and a fair lock in front of write transactions.

SQLite's own busy handler polls and is unfair; waiting in `flock` wakes waiters in turn, across threads and processes,
and the kernel releases the lock of a killed holder. See docs/decisions/0004.
"""

from __future__ import annotations

import fcntl
import os
from typing import Any

from django.db.backends.sqlite3 import base

from core.sqlite.operations import DatabaseOperations

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class _Cursor(base.SQLiteCursorWrapper):
    """A single write outside a transaction waits in the same line as transactions do."""

    wrapper: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> Any:
        with self.wrapper.single_write(query):
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        with self.wrapper.single_write(query):
            return super().executemany(query, param_list)


class _Turn:
    """Holds the lock for one statement when no transaction holds it already."""

    def __init__(self, wrapper: DatabaseWrapper, needed: bool) -> None:
        self._wrapper, self._needed = wrapper, needed

    def __enter__(self) -> None:
        if self._needed:
            self._wrapper.wait_for_turn()

    def __exit__(self, *_: object) -> None:
        if self._needed:
            self._wrapper.end_turn()


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite backend with durable settings and the fair lock."""

    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lock: int | None = None
        self._has_turn = False

    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            # The switch fails at once, whatever the timeout, when two connections try it together.
            with _Turn(self, not self._has_turn):
                connection.execute("PRAGMA journal_mode=WAL")
        for pragma in ("synchronous=FULL", "wal_autocheckpoint=2000", "cache_size=-16000"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = self.connection.cursor(factory=_Cursor)
        cursor.wrapper = self
        return cursor

    def single_write(self, query: str) -> _Turn:
        is_write = not self._has_turn and not self.in_atomic_block and query.lstrip()[:7].upper().startswith(_WRITES)
        return _Turn(self, is_write and self.get_autocommit_quietly())

    def get_autocommit_quietly(self) -> bool:
        return bool(self.autocommit)

    def wait_for_turn(self) -> None:
        """Wait in line. In-memory databases have one connection and need no line."""
        name = str(self.settings_dict["NAME"])
        if self._has_turn or ":memory:" in name or "mode=memory" in name:
            return
        if self._lock is None:
            self._lock = os.open(f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._has_turn = True

    def end_turn(self) -> None:
        if self._has_turn and self._lock is not None:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
        self._has_turn = False

    def _start_transaction_under_autocommit(self) -> None:
        self.wait_for_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self.end_turn()
            raise

    def _commit(self) -> Any:
        try:
            return super()._commit()  # type: ignore[misc]
        finally:
            self.end_turn()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self.end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self.end_turn()
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None
