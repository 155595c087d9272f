"""Numbers rewritten as numbers, so that nothing else can ride along."""

from __future__ import annotations

from typing import Any


def numbers(value: Any, kind: type[int] | type[float]) -> Any:
    """The value, or the list of its values, as `kind`; None when it isn't numeric."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, (str, int, float)):
            number = kind(float(value))
            return number if number == number else None
        return [_rounded(kind(float(v))) for v in value]
    except (TypeError, ValueError, OverflowError):
        return None


def _rounded(number: float) -> float:
    return float(f"{number:.10g}") if isinstance(number, float) else number
