"""A plain copy of a text to search in: composed letters, ASCII digits, nothing invisible; and the way back."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_OTHER_DIGITS = re.compile(r"[\uff01-\uff5e]|(?![0-9])\d")
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u00b4`\uff07", "'"),
        **dict.fromkeys("\u201c\u201d\uff02", '"'),
        **dict.fromkeys(
            "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
        ),
        **dict.fromkeys("\u2028\u2029\u0085\x0b\x0c\r", "\n"),
        "\uff20": "@",
        "\u2024": ".",
        "\u2044": "/",
        "\u2215": "/",
    }
)


@dataclass(frozen=True, slots=True)
class Folded:
    text: str
    lower: str
    """Of the same length as `text`."""
    index: tuple[int, ...] | None
    """`index[i]`: where character i of `text` begins in the original; None where the two are of one length."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        return (start, end) if self.index is None else (self.index[start], self.index[end])


def _lower(text: str) -> str:
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _plain_character(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if "\uff01" <= char <= "\uff5e":
        return unicodedata.normalize("NFKC", char)
    return char


def fold(text: str) -> Folded:
    """Search copy of a text, of any Unicode."""
    if text.isascii():
        return Folded(text.replace("\r", "\n"), text.lower().replace("\r", "\n"), None)
    plain = text.translate(_PLAIN)
    if _INVISIBLE.search(plain) is None and unicodedata.is_normalized("NFC", plain):
        plain = _OTHER_DIGITS.sub(lambda found: _plain_character(found.group()), plain)
        return Folded(plain, _lower(plain), None)
    chars: list[str] = []
    index: list[int] = []
    for at, char in enumerate(plain):
        if _INVISIBLE.match(char):
            continue
        if chars and unicodedata.combining(char):
            whole = unicodedata.normalize("NFC", chars[-1] + char)
            if len(whole) == 1:
                chars[-1] = whole
            continue
        chars.append(_plain_character(char))
        index.append(at)
    index.append(len(text))
    plain = "".join(chars)
    return Folded(plain, _lower(plain), tuple(index))


def bare(word: str) -> str:
    """Lower-case letters and digits without accents: Müller-Lüdenscheidt is mullerludenscheidt."""
    if word.isascii():
        return "".join(filter(str.isalnum, word.lower()))
    apart = unicodedata.normalize(
        "NFKD", word.lower().replace("ß", "ss").replace("ø", "o").replace("ł", "l").replace("đ", "d")
    )
    return "".join(c for c in apart if c.isalnum())
