"""Dates as senders write them, rewritten as DICOM writes them. Only what has one meaning is taken."""

from __future__ import annotations

import re
from datetime import date

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_PLAIN = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_DIGITS = re.compile(r"\D+")
_OFFSET = re.compile(r"[+-]\d{2}:?\d{2}$|Z$")


def plain_date(text: str) -> str:
    """YYYYMMDD; empty for what is no date, and for 03/04/2020, which is two dates."""
    text = text.strip()
    for pattern, order in ((_ISO, "ymd"), (_PLAIN, "ymd"), (_DOTTED, "dmy")):
        found = pattern.match(text)
        if found:
            return _checked(**dict(zip(order, found.groups(), strict=True)))
    found = _SLASHED.match(text)
    if not found:
        return ""
    first, second, year = found.groups()
    if int(first) > 12:
        return _checked(year, second, first)
    return _checked(year, first, second) if int(second) > 12 or first == second else ""


def plain_moment(text: str) -> str:
    """YYYYMMDDHHMMSS as far as it is given; time zones are left off. Empty for what does not start with a date."""
    day = plain_date(text)
    if not day:
        return ""
    rest = _OFFSET.sub("", text.strip())
    digits = _DIGITS.sub("", rest)
    if _PLAIN.match(rest) or _ISO.match(rest):
        return day + digits[8:14]
    return day


def _checked(y: str, m: str, d: str) -> str:
    try:
        return date(int(y), int(m), int(d)).strftime("%Y%m%d")
    except ValueError:
        return ""
