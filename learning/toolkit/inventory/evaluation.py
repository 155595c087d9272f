"""Rows E1 to E3: how a model is judged on few cases."""

from learning.toolkit.inventory.row import Row

ROWS: tuple[Row, ...] = ()
