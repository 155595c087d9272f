"""Identifiers that the record's header gives: found in any order and case, with a letter wrong in long names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

from reports_nlp.deidentify.folding import bare, fold
from reports_nlp.deidentify.lexicon import Lexicon
from reports_nlp.deidentify.patterns import Hit
from reports_nlp.deidentify.tokens import Tokens
from reports_nlp.deidentify.types import Kind

_SEPARATORS = re.compile(r"[\s^=&~,;|/\\()\[\]\"<>:+]+")
_NUMBER_RUN = re.compile(r"[a-z]{0,4}\d(?:[ \-./_]{0,2}\d)*")
_DOTTED = re.compile(r"(?<![\w.])[^\W\d_]\.(?:\s?[^\W\d_]\.?){1,2}(?![\w])")
_NO_NAME = frozenset(
    {
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "md",
        "phd",
        "do",
        "rn",
        "jr",
        "sr",
        "ii",
        "iii",
        "miss",
        "frau",
        "herr",
        "sra",
        "dra",
        "med",
        "none",
        "unknown",
        "anonymous",
        "null",
    }
)
_FUNCTION_WORDS = frozenset(
    {
        "an",
        "as",
        "at",
        "am",
        "be",
        "by",
        "do",
        "he",
        "in",
        "is",
        "it",
        "me",
        "my",
        "no",
        "of",
        "on",
        "or",
        "so",
        "to",
        "up",
        "us",
        "we",
        "may",
        "will",
        "the",
        "and",
        "for",
    }
)
_LONG = 5
_SHORTEST_NUMBER = 4
"""Shorter ones are measurements far more often."""
_MOST_PARTS = 40
_CLOSE = re.compile(r"[ \t\n.,'-]{0,3}")


@dataclass(frozen=True, slots=True)
class Known:
    """What the record's header says of the person, ready to be looked for."""

    parts: frozenset[str] = frozenset()
    """Name parts, bare (lower case, no accents, letters only)."""
    joined: frozenset[str] = frozenset()
    """Two or three parts written as one word."""
    numbers: frozenset[str] = frozenset()
    """Digits of identifiers, without leading zeros."""
    codes: frozenset[str] = frozenset()
    """Identifiers with letters, bare."""
    initials: frozenset[str] = frozenset()

    @classmethod
    def of(cls, known: Sequence[str]) -> Known:
        if isinstance(known, str):
            raise TypeError("known is a sequence of identifiers, not one text")
        parts: dict[str, None] = {}
        joined: set[str] = set()
        numbers: set[str] = set()
        codes: set[str] = set()
        initials: set[str] = set()
        for one in known:
            own: list[str] = []
            for chunk in _SEPARATORS.split(fold(one or "").text):
                if any(c.isdigit() for c in chunk):
                    _add_code(chunk, numbers, codes)
                    continue
                for piece in {chunk, *re.split(r"[-'._]", chunk)}:
                    word = bare(piece)
                    if word and word not in _NO_NAME and len(parts) < _MOST_PARTS:
                        parts[word] = None
                        own.append(word)
            _add_code(one, numbers, codes, whole=True)
            own = [p for p in dict.fromkeys(own) if len(p) > 1][:4]
            joined |= {"".join(some) for n in (2, 3) for some in permutations(own, n)}
            initials |= {"".join(p[0] for p in some) for n in (2, 3) for some in permutations(own, n)}
        return cls(frozenset(parts), frozenset(joined), frozenset(numbers), frozenset(codes), frozenset(initials))

    def __bool__(self) -> bool:
        return bool(self.parts or self.numbers or self.codes)


def _add_code(text: str, numbers: set[str], codes: set[str], *, whole: bool = False) -> None:
    plain = bare(text)
    digits = "".join(c for c in plain if c.isdigit())
    if not digits or (whole and (len(plain) > 24 or any(c.isalpha() for c in plain[6:]))):
        return
    core = digits.lstrip("0")
    if len(core) >= _SHORTEST_NUMBER:
        numbers.add(core)
    if plain != digits and len(plain) >= 3:
        codes.add(plain)


def find_known(text: str, lower: str, known: Known, lexicon: Lexicon) -> Iterator[Hit]:
    """Where the header's identifiers stand in a folded text."""
    if not known:
        return
    yield from _find_numbers(lower, known)
    if known.parts:
        for start, end in _Names(Tokens.all_words(text, lower), known, lexicon).spans():
            yield Hit(start, end, Kind.NAME, {})
        for found in _DOTTED.finditer(text) if known.initials else ():
            if bare(found.group()) in known.initials:
                yield Hit(found.start(), found.end(), Kind.NAME, {})


def _find_numbers(lower: str, known: Known) -> Iterator[Hit]:
    for code in known.codes:
        at = lower.find(code)
        while at >= 0:
            yield Hit(at, at + len(code), Kind.ID, {})
            at = lower.find(code, at + len(code))
    if not known.numbers:
        return
    for run in _NUMBER_RUN.finditer(lower):
        digits = "".join(c for c in run.group() if c.isdigit()).lstrip("0")
        if digits in known.numbers or any(len(number) >= 5 and number in digits for number in known.numbers):
            yield Hit(run.start(), run.end(), Kind.ID, {})


class _Names:
    """Which words are parts of a known name; parts that are words too need a sign beside them."""

    def __init__(self, tokens: Tokens, known: Known, lexicon: Lexicon) -> None:
        self.tokens, self.known, self.lexicon = tokens, known, lexicon
        self.long = [p for p in known.parts if len(p) >= _LONG]
        self.bare = {word: bare(word) for word in set(tokens.lower)}

    @cached_property
    def caps(self) -> list[bool]:
        return self.tokens.capital_lines()

    def spans(self) -> Iterator[tuple[int, int]]:
        """Where parts of the names stand, word by word."""
        tokens = self.tokens
        suspects = {word for word, plain in self.bare.items() if self._is_suspect(word, plain)}
        sure = self._written_apart()
        maybe: set[int] = set()
        for i, word in enumerate(tokens.lower):
            if word in suspects:
                self._weigh(i, sure, maybe)
        sure |= {i for i in maybe if i not in sure and self._used_as_name(i)}
        for order in (sorted(maybe), sorted(maybe, reverse=True)):
            for i in order:
                if i not in sure and self._beside(i, sure, maybe):
                    sure.add(i)
        for i in sorted(sure):
            yield tokens.starts[i], tokens.ends[i]

    def _is_suspect(self, word: str, plain: str) -> bool:
        known = self.known
        if plain in known.parts or plain in known.joined or self._has_part(word):
            return True
        return len(plain) >= _LONG and word not in self.lexicon.words and self._misspelt(plain)

    def _weigh(self, i: int, sure: set[int], maybe: set[int]) -> None:
        word = self.tokens.lower[i]
        plain = self.bare[word]
        if plain in self.known.joined and len(plain) >= 4:
            sure.add(i)
        elif plain in self.known.parts or self._has_part(word):
            maybe.add(i)
            if len(plain) > 1 and not self._is_word_too(i):
                sure.add(i)
        elif not self.lexicon.is_word(word):
            sure.add(i)

    def _written_apart(self) -> set[int]:
        """`O Donnell` and `Mac Donald`, where the name is one word."""
        tokens, found = self.tokens, set[int]()
        whole = self.known.parts | self.known.joined
        heads = {one[:n] for one in whole for n in range(1, len(one))}
        for i in range(1, len(tokens)):
            first = self.bare[tokens.lower[i - 1]]
            if first not in heads:
                continue
            together = first + self.bare[tokens.lower[i]]
            if (
                together in whole
                and len(together) >= 4
                and not self.lexicon.is_word(together)
                and _CLOSE.fullmatch(tokens.gap(i))
            ):
                found |= {i - 1, i}
        return found

    def _has_part(self, word: str) -> bool:
        """`Smith-Jones` where Smith is known."""
        if "-" not in word and "'" not in word:
            return False
        return any(len(p) > 1 and bare(p) in self.known.parts for p in re.split(r"[-']", word))

    def _misspelt(self, word: str) -> bool:
        return any(abs(len(part) - len(word)) <= 1 and one_edit(part, word) for part in self.long)

    def _is_word_too(self, i: int) -> bool:
        word = self.tokens.lower[i].removesuffix("'s")
        if word in self.lexicon.words or word in _FUNCTION_WORDS:
            return len(word) > 2 or word in _FUNCTION_WORDS or not self._written_as_name(i)
        if word in self.lexicon.eponyms:
            following = i + 1 < len(self.tokens) and self.tokens.gap(i + 1) in (" ", "-", "'s ")
            return (
                following
                and self.tokens.lower[i + 1] in self.lexicon.words
                and self.tokens.lower[i + 1]
                not in (
                    self.lexicon.triggers["person_verbs"]
                    | self.lexicon.triggers["does"]
                    | self.lexicon.triggers["not_names"]
                )
            )
        return self.lexicon.is_word(word) and not (word in self.lexicon.ambiguous and word.endswith(("er", "or")))

    def _written_as_name(self, i: int) -> bool:
        form = self.tokens.forms[i]
        return form[0].isupper() and not form.isupper()

    def _used_as_name(self, i: int) -> bool:
        tokens = self.tokens
        word = tokens.lower[i]
        if len(word) == 1 or (word in _FUNCTION_WORDS and len(word) < 4):
            return False
        if word.endswith("'s") and self.lexicon.triggers and tokens.capital(i):
            return True
        before = tokens.lower[i - 1] if i else ""
        if (
            tokens.capital(i)
            and before in (self.lexicon.triggers["titles"] | self.lexicon.triggers["roles"])
            and word not in _FUNCTION_WORDS
        ):
            return True
        after = tokens.lower[i + 1] if i + 1 < len(tokens) else ""
        if after in self.lexicon.triggers["does"] and tokens.gap(i + 1) == " ":
            return True
        if not tokens.capital(i) or self.caps[i] or tokens.begins_sentence(i):
            return False
        return (
            not (i and tokens.capital(i - 1) and self.lexicon.is_word(before) and not tokens.begins_sentence(i - 1))
            or before in self.known.parts
        )

    def _beside(self, i: int, sure: set[int], maybe: set[int]) -> bool:
        """Next to another part of the name."""
        tokens = self.tokens
        for j in (i - 1, i + 1):
            if not 0 <= j < len(tokens) or not _CLOSE.fullmatch(tokens.gap(max(i, j))):
                continue
            gap, left = tokens.gap(max(i, j)), tokens.lower[min(i, j)]
            if ("\n" in gap and j not in sure) or ("." in gap and len(left) > 2):
                continue
            single = len(tokens.lower[i]) == 1
            if j in sure and (not single or tokens.capital(i) or tokens.lower[i] != "a"):
                return True
            if (
                j in maybe
                and not single
                and len(tokens.lower[j]) > 1
                and self.bare[tokens.lower[i]] != self.bare[tokens.lower[j]]
            ):
                return True
        return False


def one_edit(a: str, b: str) -> bool:
    """Whether one letter added, dropped, changed, or swapped with its neighbour makes the one word the other."""
    if a == b:
        return True
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    at = 0
    while at < len(short) and short[at] == long[at]:
        at += 1
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    return short[at + 1 :] == long[at + 1 :] or (
        at + 1 < len(short)
        and short[at] == long[at + 1]
        and short[at + 1] == long[at]
        and short[at + 2 :] == long[at + 2 :]
    )
