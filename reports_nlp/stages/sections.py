"""Which part of a report a character stands in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from reports_nlp.stages.types import Section, SectionKind, Span

_TITLE = 5
"""Fewer words in front of the first heading are a title."""
_SENTENCE = re.compile(r"\w[.!?](?:\s|$)")
_LIST = re.compile(r"\s*[(]?\d[.)]")
_PARAGRAPH = re.compile(r"\S[^\n]*\n\s*\n")
_SHORT = {
    SectionKind.INDICATION: _PARAGRAPH,
    SectionKind.COMPARISON: re.compile(r"\S[^\n]*?(?:[a-z\d\]_)]\.(?=\s+[A-Z\d])|\n)"),
    SectionKind.TECHNIQUE: re.compile(r"\S[^\n]*?(?:[a-z\d\]_)]\.(?=\s+[A-Z\d])|\n)"),
}


class Sections:
    """Finds headings of the pack at the start of a line, or, with a capital and a colon, after a sentence."""

    def __init__(self, headings: Mapping[str, str]) -> None:
        self._kinds = {heading: SectionKind(kind) for heading, kind in headings.items()}
        self._pattern = _pattern(tuple(sorted(headings, key=len, reverse=True)))

    def __call__(self, text: str) -> tuple[Section, ...]:
        """Sections in order of the text; a text without headings is an impression."""
        if ":" not in text and "\n" not in text:
            return (Section(SectionKind.IMPRESSION, Span(0, len(text))),)
        found = [match for match in self._pattern.finditer(text) if _counts(match)]
        if not found:
            return (Section(SectionKind.IMPRESSION, Span(0, len(text))),)
        sections = []
        if text[: found[0].start()].strip():
            sections.append(Section(_unheaded(text[: found[0].start()]), Span(0, found[0].start())))
        for match, following in zip(found, [*found[1:], None], strict=True):
            end = following.start() if following else len(text)
            kind = self._kinds[" ".join(match["name"].lower().split())]
            close = _close(text, match.end(), end, kind) if following is None else end
            sections.append(Section(kind, Span(match.end(), close), Span(match.start("name"), match.end("name"))))
            if close < end:
                sections.append(Section(_unheaded(text[close:end]), Span(close, end)))
        return tuple(sections)


def _unheaded(text: str) -> SectionKind:
    """Text without a heading of its own: an impression where it holds a sentence, otherwise a title."""
    told = _LIST.match(text) or (_SENTENCE.search(text) and len(text.split()) >= _TITLE)
    return SectionKind.IMPRESSION if told else SectionKind.OTHER


def _close(text: str, start: int, end: int, kind: SectionKind) -> int:
    """Where the last section ends: what was asked takes a paragraph, what was compared a sentence."""
    if kind not in _SHORT:
        return end
    stop = _SHORT[kind].search(text, start, end)
    return stop.end() if stop else end


def _counts(match: re.Match[str]) -> bool:
    """At the start of a line with a colon or alone on it; inside a line only with a capital and a colon."""
    at_line_start = match["line"] is not None or "\n" in match.string[match.start() : match.start("name")]
    if match["colon"]:
        return at_line_start or match["name"][0].isupper()
    return at_line_start and match["alone"] is not None


@lru_cache(maxsize=16)
def _pattern(headings: tuple[str, ...]) -> re.Pattern[str]:
    names = "|".join(r"\s+".join(map(re.escape, heading.split())) for heading in headings) or r"(?!)"
    return re.compile(
        rf"(?:(?P<line>^[ \t#*>]*)|(?<=[.!?:;)\]])\s{{1,3}})(?P<name>{names})[ \t]*\**"
        r"(?:(?P<colon>:)|(?P<alone>(?=[ \t]*\r?$)))", re.IGNORECASE | re.MULTILINE,
    )
