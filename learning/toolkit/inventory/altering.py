"""Rows A1 to A4, A11, A15, R1 to R4, I1 to I3 and I6 to I8: alterations, regularisation, imbalance."""

from learning.toolkit.inventory.row import Row

ROWS: tuple[Row, ...] = ()
