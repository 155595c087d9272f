"""A difference with its interval as a small picture: 0 in the middle, the margin as a band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDTH = 200
"""SVG units."""


@dataclass(frozen=True)
class Gap:
    """Places on a line of WIDTH; `words` tell the same to who can't see it."""

    at: float
    low: float
    high: float
    band_from: float
    band_width: float
    words: str
    width: int = WIDTH


def gap_of(against: Mapping[str, Any], *, margin: float, width: float) -> Gap:
    """The picture of one arm; `width` is the largest bound of all arms, so that their pictures share an axis."""
    reach = max(width, 1.5 * margin, 1e-6) * 1.05

    def place(value: float) -> float:
        return round(WIDTH / 2 * (1 + value / reach), 1)

    words = (
        f"Difference {against['delta']:+.3f}, 95 % interval {against['low']:+.3f} to {against['high']:+.3f}, "
        f"margin {margin:g}"
    )
    return Gap(
        place(against["delta"]), place(against["low"]), place(against["high"]), place(-margin),
        round(WIDTH * margin / reach, 1), words,
    )
