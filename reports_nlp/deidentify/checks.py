"""Second looks at a pattern's match: is this a day of the calendar, a clock, a code, or a finding's number?"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

_IMAGE_BEFORE = re.compile(
    r"(?:\b(?:images?|im|img|series|se|ser|slices?|seq(?:uence)?|frames?|bild|serie|imagen|corte)s?\b"
    r"[\s#.:(]{0,4}(?:\d{1,4}[\s,:;/-]{0,3}(?:and|to|und|y)?\s?){0,4}|/\s?)$"
)
_CODE_BEFORE = re.compile(r"\b(?:icd|icd-?9|icd-?10|cpt|ops|code|codes|dlp|ctdi\w{0,4})\b[\s:(-]{0,4}(?:cm\s?)?$")
_UNIT_AFTER = re.compile(
    r"[mglfk]\b|[ ]{0,2}(?:[x×]\s?\d|%|°|[µmc]m\b|[µmk]g\b|mm[23³]?\b|cc\b|[md]l\b|hu\b|m?gy\b|m?sv\b|"
    r"units?\b|cells?\b|iu\b|vols?\b|"
    r"mcg\b|mas?\b|m?ci\b|[mkg]bq\b|hz\b|bpm\b|fr(?:ench)?\b|gauge\b|cm3\b|ms(?:ec)?\b|platelets?\b|wbc\b)"
)
_IN_BRACKETS = re.compile(r"(?<!\bat )(?<!\d )\($")
_POSITION_AFTER = re.compile(
    r"\s?(?:o'?clock|position|axis|radian|region|meridian|anterior|posterior|mid|middle|"
    r"subareolar|retroareolar|\d{1,2}\s?cm|n\d|ratio|dilution)\b"
)
_NUMBER_WITH_UNIT = re.compile(
    r"#?(?:\d{1,4}[x×]\d{1,4}(?:[x×]\d{1,4})?|\d{1,3}-\d{1,3}|\d+(?:[-/.]\d+)?(?:mm|cm|m|ml|l|cc|hu|mg|mcg|ug|kg|g|kvp?|mas?|mgy|gy|mci|[mkg]?bq|hz|khz|"
    r"mhz|msv|sv|iu|u|units?|f|fr|bpm|ms|msec|sec|s|min|w|d|h|hr|hrs|yo|y|yr|yrs|m|k|x|st|nd|rd|th|t)(?:[-/][a-z]{1,6})?)$"
)
_ICD = re.compile(
    r"[pcyar]{0,2}t[0-4x][a-d]?n[0-3x][a-d]?(?:m[01x][a-c]?)?$|[a-tv-z]\d[0-9ab](?:\.[0-9a-z]{1,4})?$|v\d{2}\.\d{1,2}$|e\d{3}\.\d$"
)
_ORDINAL = re.compile(r"\d(?:ST|ND|RD|TH)$")


_WORDS_AND_LABELS = frozenset(
    (
        "mr",
        "order",
        "visit",
        "encounter",
        "episode",
        "lot",
        "model",
        "sip",
        "cip",
        "fin",
        "har",
        "req",
        "claim",
        "license",
        "licence",
        "policy",
        "account",
        "acc",
        "certificate",
        "insurance",
        "serial",
        "invoice",
        "id",
        "lic",
        "nif",
        "nie",
        "nss",
        "tarjeta",
        "sn",
    )
)
_VIEWS = frozenset(
    (
        "pa",
        "ap",
        "lat",
        "ct",
        "mr",
        "mri",
        "us",
        "pet",
        "xr",
        "cxr",
        "cc",
        "mlo",
        "ml",
        "rt",
        "lt",
        "lpo",
        "rpo",
        "lao",
        "rao",
        "obl",
        "rul",
        "rml",
        "rll",
        "lul",
        "lll",
        "svc",
        "ivc",
        "ng",
        "og",
        "et",
        "ett",
        "ngt",
        "gi",
        "gu",
        "ed",
        "er",
        "icu",
        "dx",
        "rx",
        "hx",
        "ra",
        "rv",
        "la",
        "lv",
    )
)


@dataclass(frozen=True, slots=True)
class Match:
    """One hit of a pattern: `text` is lower-cased unless the pattern is cased; [start, end) is what would go."""

    text: str
    start: int
    end: int
    groups: Mapping[str, str | None]
    day_first: bool
    is_word: Callable[[str], bool]


def year_of(digits: str) -> int:
    """Four digits of a year written with two or four: 13 is 2013, 57 is 1957."""
    number = int(digits.lstrip("'"))
    if number >= 100:
        return number
    return number + (2000 if number < 50 else 1900)


def is_day(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and day >= 1 and year >= 1 and day <= calendar.monthrange(year, month)[1]


def _calendar(hit: Match) -> bool:
    get = hit.groups.get
    if get("m"):
        return is_day(int(get("y") or 2000), int(get("m") or 0), int(get("d") or 0))
    a, b, digits = int(get("a") or 0), int(get("b") or 0), get("y") or ""
    if len(digits) == 4 and not 1850 <= int(digits) <= 2150:
        return False
    year = year_of(digits)
    if not (is_day(year, a, b) or is_day(year, b, a)):
        return False
    return not (
        _IMAGE_BEFORE.search(hit.text, max(0, hit.start - 40), hit.start) or _UNIT_AFTER.match(hit.text, hit.end)
    )


def _month_word(hit: Match) -> bool:
    """May, march and short months are words too: without a year they need a preposition or a neighbour that dates."""
    if not 1 <= int(hit.groups.get("d") or 0) <= 31:
        return False
    if hit.groups.get("y") or (hit.groups.get("m") or "") not in {"may", "march", "mai", "ma"}:
        return True
    before = hit.text[max(0, hit.start - 12) : hit.start]
    dated = re.search(r"\b(?:on|of|dated|from|since|until|prior|and|to|the|[dt]:|am|vom|el|del)[\s:(]{1,2}$", before)
    month_first = hit.text.startswith(hit.groups.get("m") or "", hit.start)
    return (
        bool(dated)
        or (month_first and hit.groups.get("m") != "may")
        or bool(re.search(r"\d(?:st|nd|rd|th)\b", hit.text[hit.start : hit.end]))
    )


def _day_and_month(hit: Match) -> bool:
    a, b = int(hit.groups.get("a") or 0), int(hit.groups.get("b") or 0)
    if not (is_day(2000, a, b) or is_day(2000, b, a)):
        return False
    if hit.groups.get("s") != "/" and not re.search(
        r"\b(?:on|dated?|since|until|vom|am|seit|[dt]|dd|dt|del|el)\b\W{0,4}$",
        hit.text[max(0, hit.start - 12) : hit.start],
    ):
        return False
    before = hit.text[max(0, hit.start - 24) : hit.start]
    if re.search(
        r"\b(?:seen|shown|noted|visuali[sz]ed|measured|annotated|identified|demonstrated)\s(?:best\s)?on\s\(?$", before
    ):
        return False
    return not _UNIT_AFTER.match(hit.text, hit.end)


def _time_of_day(hit: Match) -> bool:
    """Not a place on the breast (3:00 position), a ratio, or series:image."""
    if _IN_BRACKETS.search(hit.text, max(0, hit.start - 12), hit.start) and hit.text[hit.end : hit.end + 1] in (
        ")",
        ",",
        ";",
    ):
        return "m" in hit.text[hit.start : hit.end]
    if _POSITION_AFTER.match(hit.text, hit.end) or _IMAGE_BEFORE.search(hit.text, max(0, hit.start - 40), hit.start):
        return False
    return not re.search(r"\b(?:ratio|breast)\b[^.\n]{0,30}$", hit.text[max(0, hit.start - 45) : hit.start])


def _labelled_code(hit: Match) -> bool:
    code = hit.text[hit.start : hit.end]
    digits = sum(c.isdigit() for c in code)
    explicit = bool(re.search(r"[#:=]|\b(?:no|nr|num|number|nummer|is|id|n[úu]mero)\b", hit.groups.get("n") or ""))
    label = hit.groups.get("l") or ""
    if explicit or (label not in _WORDS_AND_LABELS and digits >= 2):
        return not (digits < 3 and _UNIT_AFTER.match(hit.text, hit.end))
    return (
        digits >= (5 if label == "mr" else 3)
        and not _NUMBER_WITH_UNIT.match(code)
        and not re.fullmatch(r"(?:19|20)\d\d", code)
    )


def _bare_code(hit: Match) -> bool:
    """Five digits, or letters with four, that are neither a size, a dose, the code of a disease nor a range."""
    code = hit.text[hit.start : hit.end].lstrip("#")
    digits = sum(c.isdigit() for c in code)
    letters = sum(c.isalpha() for c in code)
    if _NUMBER_WITH_UNIT.match(code) or _ICD.match(code) or _UNIT_AFTER.match(hit.text, hit.end):
        return False
    if _CODE_BEFORE.search(hit.text, max(0, hit.start - 24), hit.start):
        return False
    longest = max((len(run) for run in re.findall(r"\d+", code)), default=0)
    if not letters:
        return longest >= 5 or (digits >= 7 and "." not in code and longest >= 3)
    return digits >= 4 or (digits >= 3 and letters >= 4 and "-" not in code)


def _postcode(hit: Match) -> bool:
    code = hit.text[hit.start : hit.end]
    return (not _ORDINAL.search(code) and not re.match(r"[CTLS]\d{1,2}\s?\d", code)) or bool(
        re.search(r"[a-z,]\s{1,2}$", hit.text[max(0, hit.start - 3) : hit.start]) and not _ORDINAL.search(code)
    )


def _street(hit: Match) -> bool:
    """A short street word (St, Dr, Ct) is one only after a name that is no word of radiology: not `2 chest CT`."""
    kind = hit.groups.get("t") or ""
    words = (hit.groups.get("w") or "").split()
    if any(
        w.lower().strip(".") in {"views", "view", "of", "the", "and", "in", "to", "is", "with", "mm", "cm"}
        for w in words
    ):
        return False
    if kind in {"street", "avenue", "boulevard", "road", "lane", "parkway", "highway", "freeway", "turnpike"}:
        return True
    return any(not hit.is_word(w.strip(".")) for w in words)


def _german_street(hit: Match) -> bool:
    """Not `measuring 52`: the word before the number is none of English."""
    words = hit.text[hit.start : hit.end].split()
    name = next((w for w in reversed(words) if w[0].isalpha() and len(w) > 1), "")
    return not hit.is_word(name.rstrip(".")) or name in (
        "straße",
        "strasse",
        "weg",
        "platz",
        "allee",
        "gasse",
        "damm",
        "ufer",
    )


def _hexadecimal(hit: Match) -> bool:
    """A clock has colons too."""
    groups = re.split(r"[:-]", hit.text[hit.start : hit.end])
    return len(groups) > 4 or any(c.isalpha() for c in hit.text[hit.start : hit.end])


def _initials(hit: Match) -> bool:
    """Not PA/LAT, AP/PA or CT/MR."""
    letters = re.split(r"\s?[/:]\s?", hit.text[hit.start : hit.end].lower())
    return not all(part in _VIEWS for part in letters)


CHECKS: Mapping[str, Callable[[Match], bool]] = MappingProxyType(
    {
        "calendar": _calendar,
        "month_word": _month_word,
        "day_and_month": _day_and_month,
        "time_of_day": _time_of_day,
        "labelled_code": _labelled_code,
        "bare_code": _bare_code,
        "postcode": _postcode,
        "street": _street,
        "initials": _initials,
        "german_street": _german_street,
        "hexadecimal": _hexadecimal,
    }
)
