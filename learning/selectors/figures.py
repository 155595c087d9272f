"""How a figure with its interval is written: once, so that page, room and command line agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Numbers = Mapping[str, Any]


def interval_text(estimate: Numbers | None, *, signed: bool = False) -> str:
    """`0.791 (0.752 to 0.828)`; says so when too few cases define the interval.

    >>> interval_text({"value": 0.5, "low": 0.4, "high": 0.61})
    '0.500 (0.400 to 0.610)'
    """
    if estimate is None:
        return "not defined"
    sign = "+" if signed else ""
    value = f"{estimate['value']:{sign}.3f}"
    if estimate.get("low") is None or estimate.get("high") is None:
        return f"{value} (too few cases for an interval)"
    return f"{value} ({estimate['low']:{sign}.3f} to {estimate['high']:{sign}.3f})"


def difference_of(comparison: Numbers) -> dict[str, float]:
    """A paired comparison's macro difference in the shape of an estimate."""
    return {"value": comparison["delta"], "low": comparison["low"], "high": comparison["high"]}


def cases_text(n: int, *, simulated: bool, noun: str = "case") -> str:
    """`220 cases, read by simulated readers`."""
    plural = noun if n == 1 else f"{noun}s"
    return f"{n} {plural}" + (", read by simulated readers" if simulated else "")
