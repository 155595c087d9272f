"""Fixations by dispersion (I-DT; Salvucci & Goldberg, Identifying fixations and saccades, ETRA 2000, algorithm 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annotation.gaze.samples import Samples

LEAST_MS = 100.0
GAP_MS = 75.0
"""A blink or loss longer than this ends a fixation."""
POINTER_GAP_MS = 450.0
"""A pointer that rests is told again every 200 ms only."""


@dataclass(frozen=True)
class Fixation:
    """Times in ms; x, y in the pixels of the samples it was made of."""

    start: float
    end: float
    x: float
    y: float

    @property
    def duration(self) -> float:
        return self.end - self.start


def find_fixations(
    samples: Samples, *, dispersion: float, least_ms: float = LEAST_MS, gap_ms: float = GAP_MS
) -> list[Fixation]:
    """Stretches of at least `least_ms` whose x range + y range stays within `dispersion` pixels (about one degree)."""
    keep = samples.valid
    times, x, y = samples.times[keep], samples.x[keep], samples.y[keep]
    found: list[Fixation] = []
    first = 0
    while first < len(times):
        last = _stretch(times, x, y, first, dispersion, gap_ms)
        if times[last] - times[first] >= least_ms:
            part = slice(first, last + 1)
            found.append(Fixation(
                float(times[first]), float(times[last]), float(np.median(x[part])), float(np.median(y[part]))
            ))
            first = last + 1
        else:
            first += 1
    return found


def _stretch(
    times: np.ndarray, x: np.ndarray, y: np.ndarray, first: int, dispersion: float, gap_ms: float
) -> int:
    """The last sample that can stay in a fixation beginning at `first`."""
    low_x = high_x = x[first]
    low_y = high_y = y[first]
    last = first
    for n in range(first + 1, len(times)):
        if times[n] - times[n - 1] > gap_ms:
            break
        low_x, high_x = min(low_x, x[n]), max(high_x, x[n])
        low_y, high_y = min(low_y, y[n]), max(high_y, y[n])
        if (high_x - low_x) + (high_y - low_y) > dispersion:
            break
        last = n
    return last
