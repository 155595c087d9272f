"""Rows T10 to T16, T18 and T19: volumes, and what intensity and orientation mean."""

from learning.toolkit.inventory.row import Row

ROWS: tuple[Row, ...] = ()
