"""Which words of a text are names of people."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reports_nlp.deidentify.lexicon import Lexicon
from reports_nlp.deidentify.tokens import Tokens
from reports_nlp.deidentify.types import Kind

_CLOSE = frozenset({" ", "  ", "-", ". ", ".", " -", "\n", " (", "'", ".-", "  \n", ", "})
_CREDENTIAL_DOTS = re.compile(r"\b(?:m\.\s?d|d\.\s?o|ph\.\s?d|r\.\s?n|r\.\s?t|m\.\s?b)\b\.?", re.I)
_JOINED = frozenset({", ", " ", " & ", "/", " / ", "; ", "&", ",", ";", ",  "})
_AND = frozenset({"and", "und", "y", "or", "with"})
_NO_CASE_SCRIPTS = (
    "ru",
    "uk",
    "bg",
    "sr",
    "el",
    "zh",
    "ja",
    "ko",
    "ar",
    "he",
    "fa",
    "th",
    "hi",
    "ur",
    "bn",
    "ta",
    "mk",
    "ka",
    "hy",
)
_NOUNS_HAVE_CAPITALS = ("de", "lb")
_LONGEST_NAME = 6
_MOST_TITLES = 4
_LONGEST_LIST = 24


class People:
    """Marks words as names, from the surest sign to the weakest. `marked[i]`: word i is part of a name."""

    def __init__(self, tokens: Tokens, lexicon: Lexicon, language: str, *, no_capitals: bool) -> None:
        self.tokens = tokens
        self.lexicon = lexicon
        self.english = language.startswith("en")
        self._words: dict[str, bool] = {}
        self._unknown: dict[str, bool] = {}
        self.no_capitals = no_capitals and self.english
        self.marked = [False] * len(tokens)
        self.caps = tokens.capital_lines()
        self.nouns_have_capitals = language.startswith(_NOUNS_HAVE_CAPITALS)
        self.latin = not language.startswith(_NO_CASE_SCRIPTS)
        self.trig = lexicon.triggers
        self.dotted = (
            {found.start() for found in _CREDENTIAL_DOTS.finditer(tokens.text)} if "." in tokens.text else set()
        )

    def is_word(self, i: int) -> bool:
        word = self.tokens.lower[i]
        if word in self.lexicon.words:
            return True
        if word not in self._words:
            self._words[word] = self.lexicon.is_word(word)
        return self._words[word]

    def unknown(self, i: int) -> bool:
        word = self.tokens.lower[i]
        if word in self.lexicon.words or len(word) < 2:
            return False
        if word not in self._unknown:
            self._unknown[word] = not self.is_word(i) and not self.lexicon.may_be_word(word)
        return self._unknown[word]

    def title_case(self, i: int) -> bool:
        """A capital that says something: in a line that is not written in capitals."""
        return self.tokens.capital(i) and not self.caps[i]

    def could_be_name(self, i: int) -> bool:
        """Also a name: unknown, a given name, or a word that people are called, written with a capital."""
        word = self.tokens.lower[i]
        if word in self.trig["not_names"]:
            return False
        if word in self.lexicon.ambiguous or word in self.lexicon.eponyms or not self.english:
            return self.tokens.capital(i) and (
                word in self.lexicon.ambiguous or word in self.lexicon.eponyms or self.unknown(i)
            )
        if word in self.lexicon.given_names or self.unknown(i):
            return True
        listed = word in self.lexicon.words and (word not in self.lexicon.short or self.tokens.all_caps(i))
        return not listed and self.title_case(i) and "-" not in word

    def leads_to_name(self, i: int, *, inside: bool = False) -> bool:
        """An initial or particles with a name behind: `k. di Weinhauer`, `de la Venh`."""
        tokens = self.tokens
        begin = i
        while (
            i + 1 < len(tokens)
            and i - begin < 4
            and tokens.gap(i + 1) in (" ", ". ", ".", "'", "-")
            and (
                tokens.lower[i] in self.trig["particles"]
                or (
                    len(tokens.lower[i]) == 1
                    and (inside or tokens.lower[i] not in "ai" or tokens.capital(i) or tokens.gap(i + 1)[0] == ".")
                )
            )
        ):
            i += 1
        return i > begin and self.could_be_name(i)

    def mark_run(self, i: int, *, sure: bool) -> int:
        """Mark the name that begins at word i, if one does; the index after it. `sure`: whatever stands there is."""
        tokens = self.tokens
        begin = asked = i
        while i < len(tokens) and i - begin < _LONGEST_NAME:
            gap = tokens.gap(i) if i > begin else " "
            word = tokens.lower[i]
            if i > begin and (
                gap not in _CLOSE
                or (gap == ", " and not self._surname_first(i))
                or (
                    gap in (". ", ".")
                    and len(tokens.forms[i - 1]) > 2
                    and tokens.forms[i - 1].lower() not in self.trig["titles"]
                )
            ):
                break
            if word in self.trig["titles"] and i + 1 < len(tokens) and i == begin and i - asked < _MOST_TITLES:
                i += 1
                begin += 1
                continue
            initial = len(word) == 1 and (tokens.capital(i) or self.leads_to_name(i, inside=i > begin))
            first_is_sure = (
                sure
                and i == begin
                and word not in self.trig["not_names"]
                and not (self.caps[i] is False and word in self.trig["titles"])
            )
            capital = (
                i > begin
                and self.title_case(i)
                and word not in self.trig["not_names"]
                and gap in (" ", "-", ". ")
                and (not tokens.all_caps(i) or len(word) > 3)
                and sure
                and word not in self.trig["institutions"]
                and word not in self.trig["credentials"]
            )
            if (
                first_is_sure
                or initial
                or self.could_be_name(i)
                or capital
                or (word in self.trig["particles"] and self.leads_to_name(i))
            ):
                self.marked[i] = True
            else:
                break
            i += 1
        return i

    def _surname_first(self, i: int) -> bool:
        """`Last, First`: what follows the comma is a name too."""
        return self.could_be_name(i) or (len(self.tokens.lower[i]) == 1 and self.tokens.capital(i))

    def mark_list(self, i: int, *, sure: bool) -> None:
        """Names joined by commas, slashes and `and`."""
        end = self.mark_run(i, sure=sure)
        begun = i
        while end - begun < _LONGEST_LIST and end > i and end < len(self.tokens) and self.marked[end - 1]:
            gap = self.tokens.gap(end)
            if gap in (", ", " ", ",") and self.tokens.lower[end] in _AND and end + 1 < len(self.tokens):
                end += 1
            elif gap not in _JOINED or gap == " ":
                break
            if self.tokens.lower[end] in self.trig["credentials"]:
                i, end = end, end + 1
                if end >= len(self.tokens) or self.tokens.gap(end) not in _JOINED:
                    break
                continue
            if not (self.could_be_name(end) or self.tokens.lower[end] in self.trig["titles"]):
                break
            i, end = end, self.mark_run(end, sure=False)

    def means_a_thing(self, i: int) -> bool:
        """An eponym in capitals, or before its noun: `per Fleischner Society`."""
        tokens = self.tokens
        if tokens.lower[i] not in self.lexicon.eponyms or tokens.lower[i] in self.lexicon.given_names:
            return False
        nxt = i + 1
        return self.caps[i] or (
            nxt < len(tokens)
            and tokens.gap(nxt) == " "
            and self.is_word(nxt)
            and tokens.lower[nxt] not in self.trig["person_verbs"] | self.trig["not_names"]
        )

    def spans(self) -> Iterator[tuple[int, int, Kind]]:
        """Marked words as spans of the text; words that touch are joined when the spans are merged."""
        for i, marked in enumerate(self.marked):
            if marked:
                yield self.tokens.starts[i], self.tokens.ends[i], Kind.PLACE if self._is_place(i) else Kind.NAME

    def _is_place(self, i: int) -> bool:
        """`lives in X`, `moved from X`."""
        lower = self.tokens.lower
        return (
            i > 1
            and lower[i - 1] in ("in", "from", "at", "near", "to")
            and any(lower[j] in self.trig["place_verbs"] for j in range(max(0, i - 3), i - 1))
        )
