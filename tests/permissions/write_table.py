"""Writes tests/golden/permissions.csv as the service answers now: `pytest tests/permissions/write_table.py`.

New addresses first need a row; its cells may be empty.
"""

from __future__ import annotations

from tests.permissions.calls import Caller, Row
from tests.permissions.table import rows, write


def test_write_the_table_as_the_service_answers_now(caller: Caller) -> None:
    write([Row(row.method, row.path, caller.statuses(row.method, row.path)) for row in rows()])
