"""Every promise that is kept here: review row → code → mechanism test → effect → control.

A test checks that what each row names exists; `python -m benchmarks.strategy_table` measures the effects.
"""

from learning.toolkit.inventory import altering, evaluation, tasks, transfer, volumes
from learning.toolkit.inventory.row import Row

ROWS: tuple[Row, ...] = (*transfer.ROWS, *volumes.ROWS, *tasks.ROWS, *altering.ROWS, *evaluation.ROWS)


def row_named(row_id: str) -> Row:
    """The row of this id. Raises KeyError listing the known ones."""
    found = {row.id: row for row in ROWS}
    if row_id not in found:
        raise KeyError(f"No row {row_id!r}; known: {', '.join(found)}.")
    return found[row_id]
