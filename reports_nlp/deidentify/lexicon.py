"""The word lists of data/, loaded once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import resources

from reports_nlp.deidentify.morphology import is_derived, is_prefix, is_wordlike

_SHORTEST_MISSPELT = 6
_REMEMBERED = 20_000
_WAKING = ("titles", "credentials", "told", "relatives", "roles", "place_verbs")
_NO_WORDS = ("particles", "institution_words")


def _read(name: str) -> frozenset[str]:
    text = resources.files(__package__).joinpath("data", name).read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


@dataclass(frozen=True)
class Lexicon:
    """Lower-case words by what they say about themselves."""

    words: frozenset[str]
    short: frozenset[str]
    """Abbreviations; also in `words`."""
    bases: frozenset[str]
    """What endings and prefixes are taken from: neither abbreviations nor the small words of grammar."""
    eponyms: frozenset[str]
    given_names: frozenset[str]
    ambiguous: frozenset[str]
    triggers: dict[str, frozenset[str]]
    wakes: frozenset[str]
    """Words that may say that a name stands next to them, and given names."""
    _derived: set[str] = field(default_factory=set)
    """Derived words met before: only ever words, so no name is remembered."""

    def is_word(self, word: str) -> bool:
        """Whether a lower-case token is a word of reports: listed, an eponym, derived, or joined from such."""
        if word in self.words or word in self.eponyms or word in self._derived:
            return True
        if word.endswith("s") and word[:-1] in self.short:
            return True
        if word.endswith("'s"):
            return self.is_word(word[:-2])
        if "-" in word or "'" in word:
            return all(
                len(part) < 2 or is_prefix(part) or self.is_word(part) for part in word.replace("'", "-").split("-")
            )
        if not is_derived(word, self.bases.__contains__):
            return False
        if len(self._derived) < _REMEMBERED:
            self._derived.add(word)
        return True

    def is_nearly_word(self, word: str) -> bool:
        """A word of six letters or more with one letter wrong."""
        if len(word) < _SHORTEST_MISSPELT:
            return False
        shorter = {word[:n] + word[n + 1 :] for n in range(len(word))}
        return word in self._shortened or not shorter.isdisjoint(self._long) or not shorter.isdisjoint(self._shortened)

    @cached_property
    def _long(self) -> frozenset[str]:
        return frozenset(word for word in self.bases if len(word) >= _SHORTEST_MISSPELT)

    @cached_property
    def _shortened(self) -> frozenset[str]:
        """Long words with any one letter left out: two words that share one differ in a letter."""
        return frozenset(word[:n] + word[n + 1 :] for word in self._long for n in range(len(word)))

    def may_be_word(self, word: str) -> bool:
        """A word, or with an ending that no name has."""
        if "-" not in word:
            return is_wordlike(word) or self.is_word(word)
        return all(is_wordlike(part) or self.is_word(part) for part in word.split("-"))


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The lists, once per process."""
    triggers = tomllib.loads(resources.files(__package__).joinpath("data/triggers.toml").read_text("utf-8"))
    eponyms = _read("eponyms.txt")
    given = _read("given_names.txt")
    ambiguous = _read("ambiguous_names.txt")
    labels = frozenset(
        word
        for name, rows in triggers.items()
        if name not in _NO_WORDS
        for row in rows
        for word in row.split()
        if len(word) > 2
    )
    full = _read("words_english.txt") | _read("words_medicine.txt")
    short = _read("words_short.txt")
    grammar = frozenset(triggers["grammar"])
    return Lexicon(
        words=full | short | labels,
        short=short - full,
        bases=full - grammar,
        eponyms=eponyms,
        ambiguous=ambiguous,
        given_names=given - ambiguous,
        wakes=frozenset().union(
            *(triggers[name] for name in _WAKING),
            ("by", "durch", "von", "por", "with", "to", "s", "from", "w", "i", "as"),
            given - ambiguous,
        ),
        triggers={name: frozenset(words) for name, words in triggers.items()},
    )
