"""Keyword while looking here: a finding that was named, and the region that was looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.gaze.fixations import GAP_MS, Fixation, find_fixations
from annotation.gaze.keywords import Keyword, spot
from annotation.gaze.lag import Lag, Part, estimate_lag
from annotation.gaze.offset import Click, estimate_offset, shifted
from annotation.gaze.samples import Samples
from annotation.gaze.views import Shown, on_images
from annotation.gaze.words import Word

PIXELS_PER_DEGREE = 38.0
"""A 24 inch screen of 1920 pixels at 60 cm."""
AROUND_MS = 800.0
"""How far from a keyword, the lag taken out, looking still counts: a standard deviation."""
LEAST_LOOK_MS = 20.0
"""Of the weighted looking time; less says that the reader was elsewhere."""
LEAST_HALF_DEG = 0.8
SAME_PLACE_DEG, FARTHEST_DEG = 2.5, 3.5


@dataclass(frozen=True)
class Proposal:
    """x, y, w, h: edges of a box in image pixels; score 0…1: share of the looking near it × confidence in the lag."""

    finding: str
    image: tuple[int, int]
    x: float
    y: float
    w: float
    h: float
    score: float
    said: str
    at: float
    """Milliseconds on the samples' clock."""


@dataclass(frozen=True)
class Alignment:
    proposals: list[Proposal]
    lag: Lag
    offset: tuple[float, float] | None
    """Screen pixels that were taken out; None where nothing told them."""
    looked: list[tuple[Shown, list[Fixation]]]


def align(
    samples: Samples, log: Sequence[Shown], words: Sequence[Word], lexicon: Mapping[str, Sequence[str]], *,
    clicks: Sequence[Click] = (), pixels_per_degree: float = PIXELS_PER_DEGREE, lag: Lag | None = None,
    beside: Sequence[Part] = (), gap_ms: float = GAP_MS,
) -> Alignment:
    """A given lag is taken as it is; `beside` are other recordings that share it, to estimate it from.

    A keyword while nothing was looked at proposes nothing.
    """
    offset, looked = looked_at(samples, log, clicks=clicks, pixels_per_degree=pixels_per_degree, gap_ms=gap_ms)
    keywords = spot(words, lexicon)
    lag = lag or estimate_lag([(looked, keywords), *beside], pixels_per_degree=pixels_per_degree)
    proposals = [
        found for keyword in keywords
        if (found := _propose(keyword, looked, lag, pixels_per_degree)) is not None
    ]
    return Alignment(proposals, lag, offset, looked)


def looked_at(
    samples: Samples, log: Sequence[Shown], *, clicks: Sequence[Click] = (),
    pixels_per_degree: float = PIXELS_PER_DEGREE, gap_ms: float = GAP_MS,
) -> tuple[tuple[float, float] | None, list[tuple[Shown, list[Fixation]]]]:
    """The offset that clicks tell, and the fixations on each line of the log with it taken out."""
    offset = estimate_offset(samples, clicks, pixels_per_degree=pixels_per_degree)
    straight = shifted(samples, offset) if offset else samples
    looked = [
        (shown, find_fixations(part, dispersion=pixels_per_degree / shown.scale, gap_ms=gap_ms))
        for shown, part in on_images(straight, log)
    ]
    return offset, looked


def _propose(
    keyword: Keyword, looked: Sequence[tuple[Shown, Sequence[Fixation]]], lag: Lag, pixels_per_degree: float
) -> Proposal | None:
    at = (keyword.start + keyword.end) / 2 - lag.ms
    shown, near = next(
        ((shown, found) for shown, found in looked if shown.start <= at <= shown.end), (None, ())
    )
    times = np.array([((one.start + one.end) / 2, one.duration) for one in near]).reshape(-1, 2)
    weights = times[:, 1] * np.exp(-0.5 * ((times[:, 0] - at) / AROUND_MS) ** 2)
    if shown is None or not (weights >= LEAST_LOOK_MS).any():
        return None
    degree = pixels_per_degree / shown.scale
    place = np.array([[one.x, one.y] for one in near])
    here = _dwell(place, weights, degree)
    mine = weights * here
    middle = (place * mine[:, None]).sum(axis=0) / mine.sum()
    spread = np.sqrt((((place - middle) ** 2) * mine[:, None]).sum(axis=0) / mine.sum())
    half = np.maximum(LEAST_HALF_DEG * degree, 2 * spread)
    low = np.clip(middle - half, -0.5, [shown.columns - 1.5, shown.rows - 1.5])
    high = np.clip(middle + half, low + 1, [shown.columns - 0.5, shown.rows - 0.5])
    score = float(mine.sum() / weights.sum()) * lag.confidence
    (x, y), (w, h) = low, high - low
    return Proposal(
        keyword.finding, shown.image, float(x), float(y), float(w), float(h), score, keyword.text, at
    )


def _dwell(place: np.ndarray, weights: np.ndarray, degree: float) -> np.ndarray:
    """Which fixations belong to the place looked at longest."""
    apart = np.sqrt(((place[:, None] - place[None]) ** 2).sum(axis=2))
    mass = (np.exp(-0.5 * (apart / (SAME_PLACE_DEG * degree)) ** 2) * weights[None]).sum(axis=1)
    mass[weights < LEAST_LOOK_MS] = 0
    return np.asarray(apart[int(np.argmax(mass))] <= FARTHEST_DEG * degree)


def distinct(proposals: Sequence[Proposal]) -> list[Proposal]:
    """A finding named again at the same place is one proposal, the best of them: in order of time."""
    kept: list[Proposal] = []
    for one in sorted(proposals, key=lambda one: -one.score):
        alike = [other for other in kept if (other.finding, other.image) == (one.finding, one.image)]
        if not any(_overlap(one, other) for other in alike):
            kept.append(one)
    return sorted(kept, key=lambda one: one.at)


def _overlap(a: Proposal, b: Proposal) -> bool:
    """Whether the middle of one lies in the other."""
    def holds(box: Proposal, other: Proposal) -> bool:
        x, y = other.x + other.w / 2, other.y + other.h / 2
        return box.x <= x <= box.x + box.w and box.y <= y <= box.y + box.h

    return holds(a, b) or holds(b, a)
