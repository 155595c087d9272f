"""The patterns of data/patterns.toml, compiled once, and their run over a text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from reports_nlp.deidentify.checks import CHECKS, Match
from reports_nlp.deidentify.types import Kind

_DIGITS = re.compile(r"\d+")
_IN_FRONT = 16
_NEEDS_DIGIT = ("digit",)
_AROUND = 120
"""Characters before and after what a pattern needs in which it is looked for; more than any pattern reaches."""


@dataclass(frozen=True, slots=True)
class Pattern:
    name: str
    kind: Kind
    regex: re.Pattern[str]
    needs: tuple[str, ...]
    check: Callable[[Match], bool] | None
    cased: bool
    reach: int
    behind: int
    spot: re.Pattern[str] | None
    at_digits: bool
    before: re.Pattern[str] | None
    before_required: bool
    before_stays: bool
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    start: int
    end: int
    kind: Kind
    groups: dict[str, str | None]


def _spot(needs: tuple[str, ...]) -> re.Pattern[str] | None:
    if not needs:
        return None
    return _DIGITS if needs == _NEEDS_DIGIT else re.compile("|".join(map(re.escape, needs)))


@lru_cache(maxsize=1)
def load_patterns() -> tuple[Pattern, ...]:
    """All patterns, in the order of the file."""
    table = tomllib.loads(resources.files(__package__).joinpath("data/patterns.toml").read_text("utf-8"))
    macros: dict[str, str] = table["macros"]

    def expanded(regex: str) -> str:
        for _ in range(2):
            for name, value in macros.items():
                regex = regex.replace("{" + name + "}", value)
        return regex

    return tuple(
        Pattern(
            name=row["name"],
            kind=Kind(row["kind"]),
            regex=re.compile(expanded(row["regex"])),
            needs=tuple(row.get("needs", ())),
            check=CHECKS[row["check"]] if "check" in row else None,
            cased=row.get("flags") == "cased",
            reach=row.get("reach", _AROUND),
            spot=re.compile(row["spot"]) if "spot" in row else _spot(tuple(row.get("needs", ()))),
            behind=row.get("behind", _AROUND),
            before_required=row.get("before_required", False),
            before_stays=row.get("before_stays", False),
            at_digits=row.get("begins") == "digit",
            languages=tuple(row.get("languages", ())),
            before=re.compile(expanded(row["before"])) if "before" in row else None,
        )
        for row in table["pattern"]
    )


def find(text: str, lower: str, *, language: str, day_first: bool, is_word: Callable[[str], bool]) -> Iterator[Hit]:
    """Spans that a pattern names. `lower` is `text` in lower case, of the same length."""
    seen: dict[tuple[re.Pattern[str] | None, int], list[tuple[int, int]]] = {}
    digits = [found.start() for found in _DIGITS.finditer(lower)]
    for pattern in load_patterns():
        if pattern.languages and not language.startswith(pattern.languages):
            continue
        subject = text if pattern.cased else lower
        if pattern.at_digits:
            matches = _at_digits(subject, pattern, digits)
        else:
            key = (pattern.spot, pattern.reach)
            if key not in seen:
                seen[key] = _windows(lower, pattern)
            matches = (found for begin, end in seen[key] for found in pattern.regex.finditer(subject, begin, end))
        for found in matches:
            groups = found.groupdict()
            start, end = found.span("x") if groups.get("x") else found.span()
            if pattern.before:
                front = pattern.before.search(subject, max(0, start - _IN_FRONT), start)
                if front is None and pattern.before_required:
                    continue
                start = front.start() if front and not pattern.before_stays else start
            if pattern.check is None or pattern.check(Match(subject, start, end, groups, day_first, is_word)):
                yield Hit(start, end, pattern.kind, groups)


def _at_digits(subject: str, pattern: Pattern, digits: list[int]) -> Iterator[re.Match[str]]:
    """Matches that begin where a number begins, without overlap."""
    match = pattern.regex.match
    last = -1
    for at in digits:
        if at >= last and (found := match(subject, at)):
            last = found.end()
            yield found


def _windows(lower: str, pattern: Pattern) -> list[tuple[int, int]]:
    """Where a pattern can match: around what it needs, without overlap."""
    if pattern.spot is None:
        return [(0, len(lower))]
    if pattern.needs != _NEEDS_DIGIT and not any(need in lower for need in pattern.needs):
        return []
    joined: list[tuple[int, int]] = []
    low = high = -1
    for found in pattern.spot.finditer(lower):
        start, end = found.span()
        if low >= 0 and start - pattern.behind <= high:
            high = end + pattern.reach
            continue
        if low >= 0:
            joined.append((low, high))
        low, high = max(0, start - pattern.behind), end + pattern.reach
    if low >= 0:
        joined.append((low, min(high, len(lower))))
    return joined
