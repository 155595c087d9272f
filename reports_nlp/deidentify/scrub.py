"""The one function: text in, text without the person out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from reports_nlp.deidentify.checks import is_day, year_of
from reports_nlp.deidentify.folding import Folded, fold
from reports_nlp.deidentify.known import Known, find_known
from reports_nlp.deidentify.lexicon import Lexicon, load_lexicon
from reports_nlp.deidentify.names import find_names
from reports_nlp.deidentify.patterns import Hit, find
from reports_nlp.deidentify.spans import Edit, Edits, merged
from reports_nlp.deidentify.types import Kind, Scrubbed

_DAY_FIRST_LANGUAGES = ("de", "es", "fr", "it", "pt", "nl", "pl", "en-gb", "en-au", "en-nz", "en-ie", "en-in", "en-za")
_KEPT = re.compile(
    r"\[(?:NAME|DATE(?: \d{4}-\d{2}-\d{2})?|TIME|AGE|ID|PHONE|EMAIL|URL|PLACE|INSTITUTION)\]"
    r"|\[\*\*[^\n\]]{0,200}\*\*\]|_{2,}|(?<![A-Za-z])X{3,}(?![A-Za-z])"
)
_PASSES = 12
_SEEN = 260
"""Characters on either side that decide about a word: more than any rule looks at."""
_BLANK = "\x01"
"""Stands for what is kept: no letter, no digit, no space, so nothing reaches across it."""
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan ene",
            "feb",
            "mar mrz mär mae",
            "apr abr",
            "may mai",
            "jun",
            "jul",
            "aug ago",
            "sep set",
            "oct okt",
            "nov",
            "dec dez dic",
        ),
        start=1,
    )
    for name in names.split()
}


def scrub(
    text: str,
    *,
    known: Sequence[str] = (),
    day_shift: int | None = None,
    language: str = "en",
) -> Scrubbed:
    """The text with every name, date, number, address and institution of a person replaced by a placeholder.

    known: identifiers of the record's header (names in any order, ids, birth date): removed wherever they stand.
    day_shift: days added to dates that name a whole day, written `[DATE 2012-11-03]`; without it, and for parts of
    dates, `[DATE]`. language: ISO code; "en-gb" and most others read 05/12 as the fifth of December.
    Runs until nothing more is found, so scrubbing its answer changes nothing. Raises TypeError for anything but text.
    """
    if not isinstance(text, str):
        raise TypeError("scrub takes text")
    language = language.lower().replace("_", "-")
    lexicon, header, edits = load_lexicon(), Known.of(known), Edits(text)
    regions, small = [(0, len(text))], _no_capitals(text)
    for _ in range(_PASSES):
        found = [
            Edit(edit.start + start, edit.end + start, edit.kind, edit.placeholder)
            for start, end in regions
            for edit in _one_pass(edits.text[start:end], header, lexicon, day_shift, language, small)
        ]
        if not found:
            break
        edits.apply(found)
        was_small, small = small, _no_capitals(edits.text)
        regions = _changed(edits) if small == was_small else [(0, len(edits.text))]
    return Scrubbed(edits.text, edits.removed(), edits.placeholders())


def _no_capitals(text: str) -> bool:
    """Whether a text, but for what is kept, is written in small letters."""
    return text.islower() or _KEPT.sub("", text).islower()


def _changed(edits: Edits) -> list[tuple[int, int]]:
    """Whole lines around what was replaced: elsewhere another pass sees what the last one saw."""
    text, regions = edits.text, list[tuple[int, int]]()
    for start, end in edits.placeholders():
        begin = text.rfind("\n", 0, max(0, start - _SEEN)) + 1
        finish = text.find("\n", end + _SEEN)
        finish = len(text) if finish < 0 else finish
        if regions and begin <= regions[-1][1]:
            regions[-1] = (regions[-1][0], max(finish, regions[-1][1]))
        else:
            regions.append((begin, finish))
    return regions


def _one_pass(
    text: str, header: Known, lexicon: Lexicon, day_shift: int | None, language: str, small: bool
) -> list[Edit]:
    folded = fold(text)
    kept = [found.span() for found in _KEPT.finditer(folded.text)]
    if kept:
        folded = replace(folded, text=_KEPT.sub(_blank, folded.text), lower=_blanked(folded.lower, kept))
    day_first = language.startswith(_DAY_FIRST_LANGUAGES)
    hits = list(find(folded.text, folded.lower, language=language, day_first=day_first, is_word=lexicon.is_word))
    hits += find_names(folded.text, folded.lower, lexicon, language, no_capitals=small)
    hits += find_known(folded.text, folded.lower, header, lexicon)
    edits = []
    for hit in merged(hits, kept, folded.text):
        placeholder = f"[{hit.kind}]"
        if hit.kind is Kind.DATE and day_shift is not None and (day := _day(hit, day_first)):
            placeholder = _shifted(day, day_shift)
        edits.append(Edit(*_original(folded, hit), hit.kind, placeholder))
    return edits


def _blank(found: re.Match[str]) -> str:
    return _BLANK * len(found.group())


def _blanked(lower: str, kept: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end in kept:
        parts += (lower[at:start], _BLANK * (end - start))
        at = end
    return "".join((*parts, lower[at:]))


def _original(folded: Folded, hit: Hit) -> tuple[int, int]:
    return folded.original(hit.start, hit.end)


def _day(hit: Hit, day_first: bool) -> date | None:
    """The day that a hit names in full, else None."""
    get = hit.groups.get
    digits = get("y")
    if not digits:
        return None
    year = year_of(digits)
    if get("a") and get("b"):
        a, b = int(get("a") or 0), int(get("b") or 0)
        orders = ((b, a), (a, b)) if day_first else ((a, b), (b, a))
    elif (word := get("m")) and get("d"):
        month = int(word) if word.isdigit() else _MONTHS.get(word[:3], 0)
        orders = ((month, int(get("d") or 0)),) * 2
    else:
        return None
    return next((date(year, month, day) for month, day in orders if is_day(year, month, day)), None)


def _shifted(day: date, days: int) -> str:
    try:
        return f"[DATE {day + timedelta(days=days):%Y-%m-%d}]"
    except OverflowError:
        return "[DATE]"
