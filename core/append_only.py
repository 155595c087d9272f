"""Tables whose rows are written once: triggers on both databases refuse what code could forget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.migrations.operations import RunPython

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION radloop_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""


def refuse(table: str, act: str, *, unless: str = "") -> RunPython:
    """A migration step: `act` (UPDATE or DELETE) on `table` raises IntegrityError, `unless` that condition holds.

    The condition is SQL over OLD and NEW that both databases read alike. Emptying the whole
    table (`flush`) stays possible.
    """
    name = f"{table}_no_{act.lower()}"
    when = f"WHEN (NOT ({unless}))" if unless else ""

    def create(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(_POSTGRES_FUNCTION, params=None)
            body = "FOR EACH ROW {when} EXECUTE FUNCTION radloop_refuse_change()"
        else:
            body = "FOR EACH ROW {when} BEGIN SELECT RAISE(ABORT, '{table} is append-only: {act} refused'); END"
        filled = body.format(when=when, table=table, act=act)
        schema_editor.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} {filled}", params=None)

    def drop(apps: Any, schema_editor: Any) -> None:
        where = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{where}", params=None)

    return RunPython(create, drop)


def renew(table: str, act: str, *, unless: str = "") -> RunPython:
    """The same, for a table that has its trigger: with another condition, or after columns were added.

    SQLite drops the triggers of a table that a migration makes anew.
    """
    return RunPython(_again(table, act, unless), RunPython.noop)


def renew_backwards(table: str, act: str, *, unless: str = "") -> RunPython:
    """First step of a migration that ends with `renew`: what holds again when it is taken back."""
    return RunPython(RunPython.noop, _again(table, act, unless))


def _again(table: str, act: str, unless: str) -> Callable[[Any, Any], None]:
    step = refuse(table, act, unless=unless)

    def again(apps: Any, schema_editor: Any) -> None:
        assert step.reverse_code is not None
        step.reverse_code(apps, schema_editor)
        step.code(apps, schema_editor)

    return again
