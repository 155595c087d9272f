"""Small pictures drawn on the server as SVG: ROC curve and reliability diagram of one finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SIDE = 160
"""Side of the plotted square, in SVG units; its axes run from 0 to 1."""


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Picture:
    """A curve in a unit square; `dots` mark what stands out. `words` tell what is shown to who can't see it."""

    points: str
    dots: list[Dot]
    words: str
    side: int = SIDE


def roc_picture(finding: Mapping[str, Any]) -> Picture | None:
    """None where the curve isn't defined. The dot is the chosen point."""
    curve = finding["roc"]
    if not curve:
        return None
    dots = []
    if finding["sensitivity"] and finding["specificity"]:
        dots = [_dot(1 - finding["specificity"]["value"], finding["sensitivity"]["value"], 4)]
    auroc = finding["auroc"]["value"] if finding["auroc"] else float("nan")
    return Picture(_path(curve), dots, f"ROC curve, area {auroc:.3f}, {finding['n']} cases")


def reliability_picture(finding: Mapping[str, Any]) -> Picture | None:
    """Mean probability against share present, per bin; a dot's area grows with its cases."""
    bins = finding["reliability"]
    if not bins:
        return None
    most = max(one["n"] for one in bins)
    dots = [_dot(one["predicted"], one["observed"], 2 + 5 * (one["n"] / most) ** 0.5) for one in bins]
    words = f"Reliability diagram, expected calibration error {finding['ece']:.3f}, {finding['n']} cases"
    return Picture(_path((one["predicted"], one["observed"]) for one in bins), dots, words)


@dataclass(frozen=True)
class Whisker:
    """A value with its interval on a line from 0 to 1, or from -1 to 1: places in SVG units."""

    label: str
    css: str
    at: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Forest:
    """Values with their intervals, one below the other."""

    whiskers: list[Whisker]
    words: str
    width: int = 2 * SIDE


def forest_picture(rows: Iterable[tuple[str, str, Any]]) -> Forest | None:
    """Label, class and estimate per row; those that are not defined are left out. None when nothing is left."""
    known = [(label, css, one) for label, css, one in rows if one is not None]
    if not known:
        return None
    whiskers = [Whisker(label, css, _along(one.value), _along(one.low), _along(one.high)) for label, css, one in known]
    words = "; ".join(f"{label} {100 * one.value:.0f} %" for label, _, one in known)
    return Forest([w for w in whiskers if w.at is not None], words)


def _along(share: float | None) -> Any:
    return None if share is None else round(2 * SIDE * share, 1)


def _dot(x: float, y: float, radius: float) -> Dot:
    return Dot(round(SIDE * x, 1), round(SIDE * (1 - y), 1), round(radius, 1))


def _path(points: Iterable[Any]) -> str:
    return " ".join(f"{SIDE * x:.1f},{SIDE * (1 - y):.1f}" for x, y in points)
