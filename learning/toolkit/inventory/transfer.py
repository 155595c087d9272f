"""Rows T1 to T9, T17 and T21: transfer from other images."""

from learning.toolkit.inventory.row import Row

ROWS: tuple[Row, ...] = ()
