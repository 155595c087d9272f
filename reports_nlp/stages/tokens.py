"""Text to tokens, by spaCy's tokenizer with punctuation always apart."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from reports_nlp.stages.words import Words, compounds

_APART = re.compile(r"[^\w]|_+|(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)")
_FIRST = re.compile(r"^(?:[^\w]|_+)")
_LAST = re.compile(r"(?:[^\w]|_+)$")
_VANISHING = frozenset("-'’‐‑–—")
_LENGTH = 1 << 30
_CUT = 200
_ENDLESS = re.compile(rf"\S{{{_CUT},}}")
_STRINGS = 300_000


@contextmanager
def _torch_stays_out() -> Iterator[None]:
    """spaCy's thinc imports torch wherever it is installed: 180 MB and seconds that a tokenizer has no use for."""
    if "spacy" in sys.modules or "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]  # what Python reads as: there is none
    try:
        yield
    finally:
        del sys.modules["torch"]


@dataclass(slots=True)
class Page:
    """A text as parallel lists. White space, and hyphens within words, are no tokens."""

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    breaks: dict[int, int]
    """Token -> number of line ends in front of it."""


class Pages:
    """Makes pages. One per extractor; the spaCy vocabulary is renewed before it grows without bound."""

    def __init__(self, language: str, words: Words, compound_parts: Sequence[str] = ()) -> None:
        """`compound_parts` begin compounds that are read as two words: Pleura|erguss."""
        self._language = language
        self._words = words
        inside = compounds(compound_parts)
        self._apart = re.compile(f"{_APART.pattern}|{inside.pattern}", re.IGNORECASE) if inside else _APART
        self._renew()

    def _renew(self) -> None:
        # Imported here: it takes seconds, and whoever only asks for policies has no use for it.
        with _torch_stays_out():
            import spacy
            from spacy.attrs import ORTH, SPACY
            from spacy.tokenizer import Tokenizer

        self._asked = [ORTH, SPACY]
        self._nlp = spacy.blank(self._language)
        self._nlp.max_length = _LENGTH
        self._nlp.tokenizer = Tokenizer(
            self._nlp.vocab, rules={}, prefix_search=_FIRST.match, suffix_search=_LAST.search,
            infix_finditer=self._apart.finditer,
        )
        self._seen: dict[int, tuple[str, int, int]] = {}
        """Token -> its word, its length, and for white space its line ends, for two words run together 1."""

    def __call__(self, text: str) -> Page:
        nlp, seen = self._nlp, self._seen
        words: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        breaks: dict[int, int] = {}
        position = 0
        for orth, space in self._tokens(nlp, text):
            known = seen.get(orth)
            if known is None:
                known = seen[orth] = self._look_at(nlp.vocab.strings[orth])
            word, length, lines = known
            if word:
                after = position + length
                if lines:
                    for part in word.split():
                        words.append(part)
                        starts.append(position)
                        ends.append(after)
                elif word != "-" or space or (position and text[position - 1].isspace()):
                    words.append(word)
                    starts.append(position)
                    ends.append(after)
            elif lines:
                breaks[len(words)] = breaks.get(len(words), 0) + lines
            position += length + space
        if len(seen) > _STRINGS:
            self._renew()
        return Page(text, words, starts, ends, breaks)

    def _tokens(self, nlp: Any, text: str) -> Iterator[list[int]]:
        """Token and whether a space follows. Endless words are cut: the tokenizer takes the square of their length."""
        if _ENDLESS.search(text) is None:
            return iter(nlp.make_doc(text).to_array(self._asked).tolist())
        cuts = [0]
        for run in _ENDLESS.finditer(text):
            cuts += range(run.start() or _CUT, run.end(), _CUT)
        pieces = [text[start:end] for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]
        return itertools.chain.from_iterable(nlp.make_doc(piece).to_array(self._asked).tolist() for piece in pieces)

    def _look_at(self, token: str) -> tuple[str, int, int]:
        if token.isspace():
            return "", len(token), token.count("\n")
        if token in _VANISHING:
            return "-", len(token), 0
        if token[0] == "_":
            return "_", len(token), 0
        word = self._words(token)
        return word, len(token), int(" " in word)
