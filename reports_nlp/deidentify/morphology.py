"""Is it a word of English or medicine? Base forms come from the word lists, what is added from morphology.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib import resources

_LONGEST_WORD = 60
_SHORTEST_MEDICAL = 9
_Ending = tuple[str, tuple[str, ...]]


def _by_last_letter(endings: tuple[_Ending, ...]) -> dict[str, tuple[_Ending, ...]]:
    letters = {ending[-1] for ending, _ in endings}
    return {letter: tuple(e for e in endings if e[0][-1] == letter) for letter in letters}


def _by_first_letter(starts: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {letter: tuple(s for s in starts if s[0] == letter) for letter in {start[0] for start in starts}}


_DATA = tomllib.loads(resources.files(__package__).joinpath("data/morphology.toml").read_text("utf-8"))
_PREFIXES: tuple[str, ...] = tuple(_DATA["prefixes"])
_COMBINING: tuple[str, ...] = tuple(_DATA["combining"])
_MEDICAL: tuple[str, ...] = tuple(_DATA["medical"])
_WORDLIKE: tuple[str, ...] = tuple(_DATA["wordlike"])
_RISKY = frozenset(_DATA["risky"])
_ENDINGS_OF = _by_last_letter(tuple((row[0], tuple(row[1:])) for row in _DATA["endings"]))
_STARTS_OF = _by_first_letter(_PREFIXES + _COMBINING)
_FORMS = frozenset(_COMBINING)


def is_derived(word: str, known: Callable[[str], bool]) -> bool:
    """Whether a lower-case word is a known one with endings, prefixes or combining forms; `known` knows base forms."""
    if len(word) > _LONGEST_WORD:
        return False
    if (
        _inflected(word, known)
        or _compound(word, known)
        or (word.endswith(_MEDICAL) and len(word) >= _SHORTEST_MEDICAL)
    ):
        return True
    american = word.replace("ae", "e").replace("oe", "e")
    return american != word and (known(american) or is_derived(american, known))


def is_wordlike(word: str) -> bool:
    """An ending that words have and names hardly do."""
    return word.endswith(_WORDLIKE) and len(word) >= 8


def is_prefix(part: str) -> bool:
    """What may stand before a hyphen: antero-posterior."""
    return part in _PREFIXES or part in _FORMS


def _inflected(word: str, known: Callable[[str], bool]) -> bool:
    for ending, bases in _ENDINGS_OF.get(word[-1:], ()):
        if not word.endswith(ending):
            continue
        stem = word[: -len(ending)]
        if len(stem) < (5 if ending in _RISKY else 2):
            continue
        if any(len(stem) + len(base) > 2 and known(stem + base) for base in bases):
            return True
        if len(stem) > 3 and stem[-1] == stem[-2] and ending in {"ed", "ing", "er"} and known(stem[:-1]):
            return True
    return False


def _compound(word: str, known: Callable[[str], bool], depth: int = 2) -> bool:
    for start in _STARTS_OF.get(word[:1], ()):
        if word.startswith(start):
            rest = word[len(start) :]
            if len(rest) >= (5 if len(start) < 3 else 4) and (known(rest) or _inflected(rest, known)):
                return True
            if depth and start in _FORMS and len(rest) >= 8 and _compound(rest, known, depth - 1):
                return True
    return False
