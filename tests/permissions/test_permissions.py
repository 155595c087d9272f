"""Who may call what: tests/golden/permissions.csv, row by row.

A row is a method, an address with placeholders ({project}, {reading}…: the names in tests/permissions/project.py) and
the status that each kind of person gets. `#act` behind the address of a page is its form's button; elsewhere it only
tells two rows apart. What a request sends stands in tests/permissions/bodies.py. Every address of the service needs a
row for each method, every page one for each button.

After a deliberate change run `pytest tests/permissions/write_table.py`, and read what version control says has changed.
"""

from __future__ import annotations

import pytest

from tests.permissions.calls import COLUMNS, Caller, Row, calls_that_need_a_row, key_of
from tests.permissions.table import rows


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.method} {row.path}")
def test_everybody_gets_the_status_that_the_table_says(row: Row, caller: Caller) -> None:
    got = dict(zip(COLUMNS, caller.statuses(row.method, row.path), strict=True))
    assert got == dict(zip(COLUMNS, row.statuses, strict=True))


def test_every_address_has_a_row_for_every_method_and_button(caller: Caller) -> None:
    present = {key_of(row.method, caller.address(row.path), row.path) for row in rows()}
    missing = sorted(calls_that_need_a_row() - present)
    assert missing == [], f"tests/golden/permissions.csv lacks {len(missing)} rows"


def test_no_row_is_there_twice() -> None:
    keys = [(row.method, row.path) for row in rows()]
    assert len(keys) == len(set(keys))


def test_nothing_of_a_project_is_open_to_strangers_or_nobody() -> None:
    empty = 204  # a search that finds nothing
    leaks = [
        f"{row.method} {row.path}" for row in rows()
        if "{" in row.path and any(status < 300 and status != empty for status in row.statuses[:2])
    ]
    assert leaks == []
