"""The table as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from tests.permissions.calls import COLUMNS, Row

TABLE = Path(__file__).parent.parent / "golden" / "permissions.csv"


def rows() -> list[Row]:
    """Cells that are no number yet (a new row) read as 0."""
    with TABLE.open(newline="") as file:
        return [
            Row(r["method"], r["path"], tuple(int(r[c] or 0) for c in COLUMNS)) for r in csv.DictReader(file)
        ]


def write(answered: Iterable[Row]) -> None:
    with TABLE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["method", "path", *COLUMNS])
        writer.writerows([row.method, row.path, *row.statuses] for row in answered)
