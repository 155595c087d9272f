"""Pieces of a standalone SVG: black on white, one font, a name for who cannot see it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Literal

INK, GREY, BLUE = "#1a1a1a", "#6b6b6b", "#1f5fa8"
_FONT = "font-family='Helvetica, Arial, sans-serif'"


def text(
    x: float, y: float, words: str, *, anchor: Literal["start", "middle", "end"] = "middle", size: int = 12,
    colour: str = INK, weight: Literal["normal", "bold"] = "normal",
) -> str:
    """One line; x, y is its anchor on the base line."""
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' font-size='{size}' font-weight='{weight}' "
        f"fill='{colour}' {_FONT}>{escape(words)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float, dashes: str = "") -> str:
    dashed = f" stroke-dasharray='{dashes}'" if dashes else ""
    return (
        f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}' stroke-width='{width:g}'"
        f"{dashed}/>"
    )


def arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    """A line along one axis with a head at its end."""
    dx, dy = (x2 > x1) - (x2 < x1), (y2 > y1) - (y2 < y1)
    side = [(x2 - 7 * dx + 4 * dy, y2 - 7 * dy + 4 * dx), (x2 - 7 * dx - 4 * dy, y2 - 7 * dy - 4 * dx)]
    head = " ".join(f"{x:.1f},{y:.1f}" for x, y in [(x2, y2), *side])
    return line(x1, y1, x2, y2, INK, 1) + f"<polygon points='{head}' fill='{INK}'/>"


def box(x: float, y: float, width: float, lines: Sequence[str], *, height: float, headed: bool = True) -> str:
    """A rectangle with centred lines; headed: the first is in bold."""
    first = y + height / 2 - 8 * (len(lines) - 1) + 4
    told = [
        text(x + width / 2, first + 16 * n, words, weight="bold" if headed and not n else "normal")
        for n, words in enumerate(lines)
    ]
    rect = f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}' fill='none' stroke='{INK}'/>"
    return rect + "".join(told)


def svg(width: float, height: float, name: str, body: Sequence[str]) -> str:
    foot = text(width / 2, height - 6, "Research use only.", size=10, colour=GREY)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width:.0f}' height='{height:.0f}' "
        f"viewBox='0 0 {width:.0f} {height:.0f}' role='img' aria-label='{escape(name, quote=True)}'>"
        f"<rect width='100%' height='100%' fill='white'/>{''.join(body)}{foot}</svg>\n"
    )
