"""Figures for print as standalone SVG: ROC curves and calibration, a panel per finding, three beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from learning.publish.drawing import BLUE, GREY, INK, line, svg, text
from learning.publish.intervals import wilson

_SIDE, _LEFT, _TOP, _GAP_X, _GAP_Y = 220, 56, 44, 64, 92
_COLUMNS = 3
_TICKS = (0, 0.2, 0.4, 0.6, 0.8, 1)


def roc_svg(findings: Sequence[dict[str, Any]], names: Mapping[str, str] | None = None) -> str:
    """One panel per finding with a curve; its area and interval stand above it. `names`: finding code → name."""
    drawn = [one for one in findings if one.get("roc")]
    panels = [_roc(_corner(n), one, _named(one, names)) for n, one in enumerate(drawn)]
    return _sheet("ROC curves", panels, "1 − specificity", "Sensitivity")


def calibration_svg(findings: Sequence[dict[str, Any]], names: Mapping[str, str] | None = None) -> str:
    """One panel per finding: mean probability against the share present in each bin, with its 95 % interval (Wilson).

    The dashed line is perfect calibration. A dot's area is the bin's number of cases.
    """
    drawn = [one for one in findings if one.get("reliability")]
    panels = [_calibration(_corner(n), one, _named(one, names)) for n, one in enumerate(drawn)]
    return _sheet("Calibration", panels, "Mean predicted probability", "Share present")


def _roc(corner: tuple[float, float], one: dict[str, Any], name: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_at(corner, *point) for point in one["roc"]))
    curve = f"<polyline points='{path}' fill='none' stroke='{BLUE}' stroke-width='1.8' stroke-linejoin='round'/>"
    area = one.get("auroc") or {}
    told = f"AUROC {_figure(area)}, {_cases(one)}" if area else _cases(one)
    return _frame(corner, name, told) + curve


def _calibration(corner: tuple[float, float], one: dict[str, Any], name: str) -> str:
    parts = []
    for found in one["reliability"]:
        n, share = int(found["n"]), float(found["observed"])
        low, high = wilson(round(share * n), n)
        (x, y), (_, top), (_, bottom) = (_at(corner, found["predicted"], v) for v in (share, high, low))
        parts.append(line(x, top, x, bottom, BLUE, 1.2))
        radius = 2 + 3 * (n / one["n"]) ** 0.5
        parts.append(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{radius:.1f}' fill='{BLUE}'/>")
    return _frame(corner, name, f"ECE {one['ece']:.3f}, {_cases(one)}") + "".join(parts)


def _named(one: dict[str, Any], names: Mapping[str, str] | None) -> str:
    return (names or {}).get(one["finding"], str(one["finding"]))


def _cases(one: dict[str, Any]) -> str:
    return f"n = {one['n']} ({one['n_positive']} present)" if "n_positive" in one else f"n = {one['n']}"


def _figure(area: dict[str, Any]) -> str:
    low, high = area.get("low"), area.get("high")
    interval = f" ({low:.2f} to {high:.2f})" if low is not None and high is not None else ""
    return f"{area['value']:.2f}{interval}"


def _corner(number: int) -> tuple[float, float]:
    """Upper left of the n-th panel."""
    row, column = divmod(number, _COLUMNS)
    return _LEFT + column * (_SIDE + _GAP_X), _TOP + row * (_SIDE + _GAP_Y)


def _at(corner: tuple[float, float], x: float, y: float) -> tuple[float, float]:
    """Of shares to the sheet."""
    return corner[0] + x * _SIDE, corner[1] + (1 - y) * _SIDE


def _frame(corner: tuple[float, float], title: str, below: str) -> str:
    """A square with ticks on both axes, the diagonal, and two lines above it."""
    left, top = corner
    parts = [
        f"<rect x='{left}' y='{top}' width='{_SIDE}' height='{_SIDE}' fill='none' stroke='{INK}'/>",
        line(left, top + _SIDE, left + _SIDE, top, GREY, 1, "4 4"),
        text(left + _SIDE / 2, top - 24, title, size=13, weight="bold"),
        text(left + _SIDE / 2, top - 8, below, size=11),
    ]
    for tick in _TICKS:
        (x, bottom), (edge, y) = _at(corner, tick, 0), _at(corner, 0, tick)
        parts += [line(x, bottom, x, bottom + 4, INK, 1), text(x, bottom + 16, f"{tick:g}", size=10)]
        parts += [line(edge - 4, y, edge, y, INK, 1), text(edge - 7, y + 3.5, f"{tick:g}", anchor="end", size=10)]
    return "".join(parts)


def _sheet(name: str, panels: Sequence[str], x: str, y: str) -> str:
    rows, columns = -(-max(1, len(panels)) // _COLUMNS), min(_COLUMNS, max(1, len(panels)))
    width = _LEFT + columns * _SIDE + (columns - 1) * _GAP_X + 24
    height = _TOP + rows * _SIDE + (rows - 1) * _GAP_Y + 60
    axes = []
    for number in range(len(panels)):
        left, top = _corner(number)
        axes.append(text(left + _SIDE / 2, top + _SIDE + 34, x, size=11))
        middle = top + _SIDE / 2
        axes.append(
            f"<g transform='rotate(-90 {left - 36:.1f} {middle:.1f})'>{text(left - 36, middle, y, size=11)}</g>"
        )
    nothing = [] if panels else [text(width / 2, height / 2, "No finding has both classes here.", size=13)]
    return svg(width, height, name, [*panels, *axes, *nothing])
