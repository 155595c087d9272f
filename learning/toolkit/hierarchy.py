"""One interval for patients and seeds: the hierarchical bootstrap.

A replicate draws patients with replacement, the same ones in every run, and then draws runs (seeds) with replacement
from those there are. Drawing S runs from S makes their spread too small by (S - 1) / S in variance, which matters for
five of them, so deviations from the mean run are widened by the root of S / (S - 1) (Davison and Hinkley 1997, 3.8).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def over_runs(table: Array, *, seed: int) -> Array:
    """S x R statistics (each column under one draw of patients, NaN where undefined) to R means over drawn runs.

    >>> over_runs(np.ones((3, 4)), seed=0).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    runs = len(table)
    if runs == 1:
        return np.asarray(table[0])
    middle = _mean(table)
    drawn = np.random.default_rng([seed, 1]).integers(runs, size=table.shape)
    chosen = np.take_along_axis(table, drawn, axis=0)
    return np.asarray(middle + (_mean(chosen) - middle) * np.sqrt(runs / (runs - 1)))


def _mean(table: Array) -> Array:
    known = np.isfinite(table)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, table, 0).sum(axis=0) / known.sum(axis=0))
