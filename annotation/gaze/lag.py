"""How far the words' clock is behind the gaze's, unknown and one per recording.

At the right lag every keyword falls into a stretch where its reader looked long at one place; at a wrong one it falls
anywhere. So: how concentrated gaze was, as a rank within its view (0 the most scattered moment, 1 the most
concentrated), read at each keyword; the likelihood of those ranks over a grid of lags, with a share of keywords that
were said while looking elsewhere. The eye runs ahead of the voice by a near constant time, which the lag contains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotation.gaze.fixations import Fixation
from annotation.gaze.keywords import Keyword
from annotation.gaze.samples import Numbers
from annotation.gaze.views import Shown

STEP_MS = 50.0
GRID_MS = (-5000.0, 8000.0)
USUAL_MS, SPREAD_MS = 800.0, 3000.0
"""Before a word is heard: the eye is ahead of the voice by about this; clocks differ by some seconds."""
STRAY = 0.1
"""Keywords said while looking elsewhere."""
SHARPNESS = 3.5
NEAR_MS = 1500.0
WINDOW_MS = 700.0
REACH_DEG = 3.5
"""What lies this near counts as the same place, falling off smoothly: a lesion is no point."""
SURE = 0.6


@dataclass(frozen=True)
class Lag:
    """ms: subtract it from a word's time to find the gaze. confidence: probability that the truth is within 0.75 s."""

    ms: float
    confidence: float
    keywords: int

    @property
    def is_sure(self) -> bool:
        return self.confidence >= SURE


Looked = Sequence[tuple[Shown, Sequence[Fixation]]]
Part = tuple[Looked, Sequence[Keyword]]
"""What was looked at and what was named, on two clocks that differ by the lag."""


def estimate_lag(parts: Sequence[Part], *, pixels_per_degree: float) -> Lag:
    """The most probable lag of recordings that share it; with few keywords it stays near the usual, and is not sure."""
    grid = np.arange(GRID_MS[0], GRID_MS[1] + STEP_MS, STEP_MS)
    score = -0.5 * ((grid - USUAL_MS) / SPREAD_MS) ** 2
    for looked, keywords in parts:
        if not (looked and keywords):
            continue
        begin, ranks = _ranks(looked, pixels_per_degree)
        for keyword in keywords:
            at = ((keyword.start + keyword.end) / 2 - grid - begin) / STEP_MS
            rank = np.interp(at, np.arange(len(ranks)), ranks, left=0.0, right=0.0)
            score = score + np.log(STRAY + (1 - STRAY) * SHARPNESS * rank ** (SHARPNESS - 1))
    weight = np.exp(score - score.max())
    weight /= weight.sum()
    smooth = np.convolve(weight, np.ones(9) / 9, mode="same")
    near = np.abs(grid - grid[int(np.argmax(smooth))]) <= 750.0
    mean = float((grid[near] * weight[near]).sum() / weight[near].sum())
    return Lag(mean, float(weight[near].sum()), sum(len(keywords) for _, keywords in parts))


def _ranks(looked: Looked, pixels_per_degree: float) -> tuple[float, Numbers]:
    """Concentration every STEP_MS from the first view on, as a rank within its view; 0 where no image was shown."""
    begin, end = looked[0][0].start, looked[-1][0].end
    ranks = np.zeros(int((end - begin) / STEP_MS) + 1)
    for shown, found in looked:
        first = round((shown.start - begin) / STEP_MS)
        last = min(len(ranks), round((shown.end - begin) / STEP_MS))
        times: Numbers = begin + STEP_MS * np.arange(first, last, dtype=np.float64)
        if len(times):
            values = _concentration(times, found, pixels_per_degree / shown.scale)
            ordered = np.sort(values)
            below = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
            ranks[first:first + len(times)] = np.where(values > 0, below / (2 * len(values)), 0.0)
    return begin, ranks


def _concentration(times: Numbers, found: Sequence[Fixation], radius: float) -> Numbers:
    """Looking time near the place looked at, within NEAR_MS before and after; averaged over WINDOW_MS."""
    if not found:
        return np.zeros(len(times))
    place = np.array([[one.x, one.y] for one in found])
    length = np.array([one.duration for one in found])
    middle = np.array([(one.start + one.end) / 2 for one in found])
    apart = ((place[:, None] - place[None]) ** 2).sum(axis=2)
    kernel = np.exp(-0.5 * apart / (REACH_DEG * radius) ** 2)
    kernel *= np.exp(-0.5 * ((middle[:, None] - middle[None]) / NEAR_MS) ** 2)
    mass = (kernel * length[None]).sum(axis=1)
    which = np.clip(np.searchsorted([one.start for one in found], times, side="right") - 1, 0, None)
    inside = (times >= np.array([one.start for one in found])[which]) & (
        times <= np.array([one.end for one in found])[which] + 60.0
    )
    width = max(1, round(WINDOW_MS / STEP_MS))
    values: Numbers = np.convolve(np.where(inside, mass[which], 0.0), np.ones(width) / width, mode="same")
    return values
