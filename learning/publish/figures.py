"""Figures for print as standalone SVG: the flow of the cohort, ROC curves, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from learning.publish.cohort import Step

_INK, _GREY, _BLUE = "#1a1a1a", "#8a8a8a", "#1f5fa8"
_SIDE, _MARGIN = 240, 48
_FONT = "font-family='Helvetica, Arial, sans-serif'"


def flow_svg(steps: Sequence[Step]) -> str:
    """Boxes from above to below; what was left out stands beside the arrow."""
    width, high, gap = 560, 44, 34
    body = []
    for place, step in enumerate(steps):
        y = 10 + place * (high + gap)
        if place and step.left_out:
            body.append(_text(300, y - gap / 2 + 4, f"left out: {step.left_out}", "start", 12, _GREY))
        if place:
            body.append(f"<line x1='280' y1='{y - gap}' x2='280' y2='{y}' stroke='{_INK}'/>")
        body.append(f"<rect x='80' y='{y}' width='400' height='{high}' fill='none' stroke='{_INK}'/>")
        body.append(_text(280, y + 19, step.name, "middle", 13, _INK))
        body.append(_text(280, y + 35, f"{step.studies} studies, {step.patients} patients", "middle", 12, _INK))
    return _svg(width, 20 + len(steps) * (high + gap), "Flow of the cohort", body)


def roc_svg(findings: Sequence[dict[str, Any]]) -> str:
    """One panel per finding with a curve, its area and interval above it."""
    drawn = [one for one in findings if one.get("roc")]
    panels = [_panel(n, _title(one), [(x, y) for x, y in one["roc"]], True) for n, one in enumerate(drawn)]
    return _sheet("ROC curves", panels, "1 − specificity", "sensitivity", len(drawn))


def calibration_svg(findings: Sequence[dict[str, Any]]) -> str:
    """One panel per finding: mean probability against share present, with the line of perfect calibration."""
    drawn = [one for one in findings if one.get("reliability")]
    panels = []
    for n, one in enumerate(drawn):
        points = [(b["predicted"], b["observed"]) for b in one["reliability"]]
        panels.append(_panel(n, f"{one['finding']}: ECE {one['ece']:.3f}, n = {one['n']}", points, False))
    return _sheet("Calibration", panels, "probability", "share present", len(drawn))


def _title(one: dict[str, Any]) -> str:
    area = one["auroc"]
    if not area:
        return str(one["finding"])
    low, high = area.get("low"), area.get("high")
    interval = f" ({low:.2f} to {high:.2f})" if low is not None and high is not None else ""
    return f"{one['finding']}: {area['value']:.2f}{interval}, n = {one['n']}"


def _panel(number: int, title: str, points: Sequence[tuple[float, float]], line: bool) -> str:
    left = _MARGIN + number * (_SIDE + _MARGIN)
    at = [(left + x * _SIDE, _MARGIN + (1 - y) * _SIDE) for x, y in points]
    parts = [
        f"<rect x='{left}' y='{_MARGIN}' width='{_SIDE}' height='{_SIDE}' fill='none' stroke='{_INK}'/>",
        f"<line x1='{left}' y1='{_MARGIN + _SIDE}' x2='{left + _SIDE}' y2='{_MARGIN}' stroke='{_GREY}' "
        "stroke-dasharray='4 4'/>",
        _text(left + _SIDE / 2, _MARGIN - 10, title, "middle", 12, _INK),
    ]
    if line:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        parts.append(f"<polyline points='{path}' fill='none' stroke='{_BLUE}' stroke-width='2'/>")
    else:
        parts += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3.5' fill='{_BLUE}'/>" for x, y in at]
    return "".join(parts)


def _sheet(name: str, panels: Sequence[str], x: str, y: str, n: int) -> str:
    width, height = _MARGIN + max(1, n) * (_SIDE + _MARGIN), _SIDE + 2 * _MARGIN
    centres = [_MARGIN + k * (_SIDE + _MARGIN) + _SIDE / 2 for k in range(n)]
    axes = [_text(centre, _MARGIN + _SIDE + 18, x, "middle", 12, _INK) for centre in centres]
    turn = f"<g transform='rotate(-90 {_MARGIN - 14} {_MARGIN + _SIDE / 2})'>"
    side = turn + _text(_MARGIN - 14, _MARGIN + _SIDE / 2, y, "middle", 12, _INK) + "</g>" if n else ""
    nothing = "" if n else _text(width / 2, height / 2, "No finding has both classes here.", "middle", 13, _INK)
    return _svg(width, height, name, [*panels, *axes, side, nothing])


def _text(x: float, y: float, words: str, anchor: str, size: int, colour: str) -> str:
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' font-size='{size}' fill='{colour}' {_FONT}>"
        f"{escape(words)}</text>"
    )


def _svg(width: float, height: float, name: str, body: Sequence[str]) -> str:
    foot = _text(width / 2, height - 6, "Research use only.", "middle", 10, _GREY)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width:.0f}' height='{height:.0f}' role='img' "
        f"aria-label='{escape(name)}'><rect width='100%' height='100%' fill='white'/>{''.join(body)}{foot}</svg>\n"
    )
