"""Rows T6, T11 and T20: several classes, segmentation, and encoders used again."""

from learning.toolkit.inventory.row import Row

ROWS: tuple[Row, ...] = ()
