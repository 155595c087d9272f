"""Findings named in a row of words. What is denied ("no effusion") names nothing to look for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotation.gaze.words import Word

DENIALS = frozenset((
    "no", "not", "without", "denies", "negative", "absent", "free", "neither", "nor",
    "kein", "keine", "keinen", "keiner", "ohne", "nicht", "sin", "ningún", "ninguna", "ningun",
))
REACH = 5
"""Words before a keyword in which a denial counts, within the sentence."""
BREAK = frozenset(("but", "however", "aber", "jedoch", "pero"))
PLAIN = re.compile(r"[^\w'-]+")


@dataclass(frozen=True)
class Keyword:
    """A finding was named between start and end, ms on the transcript's clock."""

    finding: str
    start: float
    end: float
    text: str


def spot(words: Sequence[Word], lexicon: Mapping[str, Sequence[str]]) -> list[Keyword]:
    """Names and synonyms of findings (code -> phrases) in the words; the longest phrase wins, a plural is the same."""
    plain = [_plain(word.text) for word in words]
    phrases = sorted(
        ((tuple(_plain(part) for part in phrase.split()), code) for code, names in lexicon.items() for phrase in names
         if phrase.strip()),
        key=lambda one: -len(one[0]),
    )
    found: list[Keyword] = []
    at = 0
    while at < len(words):
        hit = next(((phrase, code) for phrase, code in phrases if _matches(plain, at, phrase)), None)
        if hit is None:
            at += 1
            continue
        phrase, code = hit
        part = words[at:at + len(phrase)]
        if not _is_denied(words, plain, at):
            found.append(Keyword(code, part[0].start, part[-1].end, " ".join(word.text for word in part)))
        at += len(phrase)
    return found


def _plain(text: str) -> str:
    return PLAIN.sub("", text.casefold())


def _matches(plain: Sequence[str], at: int, phrase: tuple[str, ...]) -> bool:
    if at + len(phrase) > len(plain) or not phrase:
        return False
    *body, last = phrase
    here = plain[at:at + len(phrase)]
    return here[:-1] == body and here[-1] in (last, f"{last}s", f"{last}es")


def _is_denied(words: Sequence[Word], plain: Sequence[str], at: int) -> bool:
    for back in range(at - 1, max(-1, at - 1 - REACH), -1):
        if words[back].text.rstrip().endswith((".", ";", ":", "?", "!")) or plain[back] in BREAK:
            return False
        if plain[back] in DENIALS:
            return True
    return False
