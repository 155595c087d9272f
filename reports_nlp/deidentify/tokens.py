"""A text as words: where they stand, how they are written, what lies between."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]++(?:['-][^\W\d_]++)*+")
_WORD_APART = re.compile(r"(?<!\w)[^\W\d_]++(?:['-][^\W\d_]++)*+(?![\d_])")
_SENTENCE_END = re.compile(r"[.!?:;\n\[\]*•\"(]|^\s*-|\d[.)]")
_CAPITALS_LINE = 0.85


@dataclass(frozen=True, slots=True)
class Tokens:
    """Words of a folded text, by index. Words that touch a digit or an underscore are left out."""

    text: str
    starts: list[int]
    ends: list[int]
    lower: list[str]
    forms: list[str]

    @classmethod
    def of(cls, text: str, lower: str) -> Tokens:
        return cls._from(_WORD_APART, text, lower)

    @classmethod
    def all_words(cls, text: str, lower: str) -> Tokens:
        """Also words that touch a digit."""
        return cls._from(_WORD, text, lower)

    @classmethod
    def _from(cls, regex: re.Pattern[str], text: str, lower: str) -> Tokens:
        spans = [found.span() for found in regex.finditer(text)]
        return cls(
            text,
            [start for start, _ in spans],
            [end for _, end in spans],
            [lower[start:end] for start, end in spans],
            [text[start:end] for start, end in spans],
        )

    def __len__(self) -> int:
        return len(self.starts)

    def gap(self, i: int) -> str:
        """What stands between word i-1 and word i."""
        return self.text[self.ends[i - 1] if i else 0 : self.starts[i]]

    def capital(self, i: int) -> bool:
        return self.forms[i][0].isupper()

    def all_caps(self, i: int) -> bool:
        return self.forms[i].isupper()

    def begins_sentence(self, i: int) -> bool:
        if i == 0:
            return True
        gap = self.gap(i)
        if gap == " ":
            return False
        if gap.startswith(".") and "\n" not in gap and len(self.forms[i - 1]) == 1 and self.capital(i - 1):
            return False
        return _SENTENCE_END.search(gap) is not None

    def capital_lines(self) -> list[bool]:
        """For each word, whether its line is written in capitals, so that a capital says nothing."""
        flags: list[bool] = []
        at = 0
        for line in self.text.split("\n"):
            end = at + len(line)
            first = len(flags)
            upper = total = 0
            i = first
            while i < len(self.starts) and self.starts[i] < end:
                form = self.forms[i]
                if len(form) > 1:
                    total += len(form)
                    upper += len(form) if form.isupper() else 0
                i += 1
            flags += [upper >= _CAPITALS_LINE * total] * (i - first)
            at = end + 1
        return flags
