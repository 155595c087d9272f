"""The tracker's constant offset, from clicks: who clicks looks where they click.

Source: Huang, White & Buscher, User see, user point: gaze and cursor alignment in web search, CHI 2012.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotation.gaze.samples import Samples

BEFORE_MS = 250.0
FEWEST = 4
FARTHEST_DEG = 4.0
"""A gaze farther from its click was elsewhere, and says nothing of the calibration."""


@dataclass(frozen=True)
class Click:
    """Time on the samples' clock, place in the samples' pixels."""

    time: float
    x: float
    y: float


def estimate_offset(
    samples: Samples, clicks: Sequence[Click], *, pixels_per_degree: float
) -> tuple[float, float] | None:
    """Gaze minus truth in pixels, the median over clicks; None with fewer than FEWEST that were looked at."""
    seen = [one for click in clicks if (one := _miss(samples, click, FARTHEST_DEG * pixels_per_degree)) is not None]
    if len(seen) < FEWEST:
        return None
    x, y = np.median(np.array(seen), axis=0)
    return float(x), float(y)


def _miss(samples: Samples, click: Click, farthest: float) -> tuple[float, float] | None:
    first, last = np.searchsorted(samples.times, [click.time - BEFORE_MS, click.time])
    keep = samples.valid[first:last]
    if not keep.any():
        return None
    dx = float(np.median(samples.x[first:last][keep])) - click.x
    dy = float(np.median(samples.y[first:last][keep])) - click.y
    return (dx, dy) if np.hypot(dx, dy) <= farthest else None


def shifted(samples: Samples, offset: tuple[float, float]) -> Samples:
    """The samples with the offset taken out."""
    return Samples(samples.times, samples.x - offset[0], samples.y - offset[1], samples.valid)
