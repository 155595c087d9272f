"""Sizes in a text, in millimetres."""

from __future__ import annotations

import re

from reports_nlp.stages.rules import Rules
from reports_nlp.stages.types import Measurement, Span

_NUMBER = r"\d{1,3}(?:[.,]\d{1,2})?"
_TIMES = r"\s*(?:x|×|\*|by|mal|por)\s*"
_NEAR = 30
_UNIT = r"(?:millimet(?:er|re)s?|centimet(?:er|re)s?|mm|cm)"
_SIZE = re.compile(
    rf"(?<![\d.,/])(?P<first>{_NUMBER})(?:[\s-]*(?P<unit1>{_UNIT}))?(?:{_TIMES}(?P<second>{_NUMBER})"
    rf"(?:[\s-]*(?P<unit2>{_UNIT}))?)?(?:{_TIMES}(?P<third>{_NUMBER}))?[\s-]*(?P<unit>{_UNIT})?\b", re.IGNORECASE,
)


def measurements(text: str, rules: Rules) -> tuple[Measurement, ...]:
    """Every size with a unit, dimensions as written; what a size was earlier ("previously 6 mm") is left out."""
    found = []
    earlier, since = tuple(rules.settings.get("earlier", ())), tuple(rules.settings.get("earlier_after", ()))
    for match in _SIZE.finditer(text):
        unit = match["unit"] or match["unit2"] or match["unit1"]
        before = text[max(0, match.start() - _NEAR) : match.start()].rstrip().lower()
        after = text[match.end() : match.end() + _NEAR].lstrip(" (").lower()
        if not unit or before.endswith(earlier) or after.startswith(since):
            continue
        factor = 10.0 if unit.lower().startswith("c") else 1.0
        values = [float(match[name].replace(",", ".")) for name in ("first", "second", "third") if match[name]]
        found.append(Measurement(Span(match.start(), match.end()), tuple(round(v * factor, 3) for v in values)))
    return tuple(found)
