"""Several comparisons at once: adjusted p-values."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment (1979): the chance of any false alarm among them stays below each value.

    Returns the adjusted values in the order given. Raises ValueError for a value outside 0 to 1.

    >>> [round(p, 2) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("p-values lie in 0 to 1.")
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return [float(value) for value in adjusted]


def bootstrap_p(replicates: npt.NDArray[np.float64]) -> float:
    """Two-sided p-value of 'no difference' from bootstrap replicates of a difference, never below 1 / (R + 1).

    >>> bootstrap_p(np.array([0.1, 0.2, 0.3]))
    0.5
    """
    finite = replicates[np.isfinite(replicates)]
    tail = min(int((finite <= 0).sum()), int((finite >= 0).sum()))
    return float(min(1.0, 2 * (tail + 1) / (len(finite) + 1)))
