"""The interval of a share."""

from __future__ import annotations

import math

_Z = 1.959964


def wilson(k: int, n: int) -> tuple[float, float]:
    """95 % score interval of k of n (Wilson, JASA 1927; 22: 209-212), within 0 to 1.

    >>> [round(end, 3) for end in wilson(0, 10)]
    [0.0, 0.278]

    Raises ValueError unless 0 <= k <= n and n > 0.
    """
    if not 0 <= k <= n or n == 0:
        raise ValueError(f"{k} of {n} is no share.")
    centre = (k + _Z**2 / 2) / (n + _Z**2)
    half = _Z / (n + _Z**2) * math.sqrt(k * (n - k) / n + _Z**2 / 4)
    return max(0.0, centre - half), min(1.0, centre + half)
