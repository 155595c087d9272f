"""Words of a text with their places, and phrases of words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports_nlp.stages.types import Span

_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*|\d+(?:[.,:/]\d+)*|[.;:?]")
_ENDS = frozenset(".;:?")
NUMBER = "0"
MENTION = "@"
"""Stands for the words that name the finding, so that what is said of it is learned and not how it is called."""


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    start: int
    end: int


def tokens_of(text: str, span: Span | None = None) -> list[Token]:
    """Lower-case words, numbers as `0`, and the signs that end a clause.

    >>> [token.text for token in tokens_of("No 4-mm nodule. Clear?")]
    ['no', '0', 'mm', 'nodule', '.', 'clear', '?']
    """
    low, high = (span.start, span.end) if span is not None else (0, len(text))
    found = _WORD.finditer(text, low, high)
    return [Token(NUMBER if m[0][0].isdigit() else m[0].lower(), m.start(), m.end()) for m in found]


def masked(tokens: Sequence[Token], mentions: Sequence[Span]) -> list[Token]:
    """The tokens with each mention's words replaced by one `@`."""
    kept: list[Token] = []
    last: Span | None = None
    for token in tokens:
        inside = next((span for span in mentions if span.start <= token.start and token.end <= span.end), None)
        if inside is None:
            kept.append(token)
        elif inside != last:
            kept.append(Token(MENTION, inside.start, inside.end))
        last = inside
    return kept


def phrases(tokens: Sequence[Token], longest: int) -> Iterator[tuple[str, int, int]]:
    """Runs of up to `longest` words within a clause, each with its place in the text."""
    for first in range(len(tokens)):
        words: list[str] = []
        for token in tokens[first : first + longest]:
            if token.text in _ENDS:
                break
            words.append(token.text)
            yield " ".join(words), tokens[first].start, token.end
