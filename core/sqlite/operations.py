"""Emptying a database whose triggers refuse to delete."""

from __future__ import annotations

from typing import Any

from django.db.backends.sqlite3 import operations


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(
        self, style: Any, tables: Any, *, reset_sequences: bool = False, allow_cascade: bool = False
    ) -> list[str]:
        """As Postgres's TRUNCATE: row triggers do not stop `flush`, and are there again afterwards."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
        empty = super().sql_flush(style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade)
        drop = [f"DROP TRIGGER {self.quote_name(name)}" for name, _ in triggers]
        return [*drop, *empty, *(sql for _, sql in triggers)]
