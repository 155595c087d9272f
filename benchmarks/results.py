"""How a benchmark says what it measured, so that people and programs read the same line."""

from __future__ import annotations

import operator
from collections.abc import Callable

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt,
}
_failed: list[str] = []


def result(name: str, value: float, unit: str, target: str = "") -> bool:
    """Print `RESULT name value unit target=… pass|fail`; a target is "<=60", "0" (exactly) or empty (a mere figure)."""
    verdict = "pass"
    if target:
        sign = next((s for s in _COMPARE if target.startswith(s)), "")
        compare = _COMPARE[sign] if sign else operator.eq
        if not compare(value, float(target.removeprefix(sign))):
            verdict = "fail"
            _failed.append(name)
    print(f"RESULT {name} {value:g} {unit} target={target or 'none'} {verdict}", flush=True)
    return verdict == "pass"


def exit_status() -> int:
    """0 when every target was met so far, else 1."""
    return 1 if _failed else 0
