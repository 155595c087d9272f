"""Phrases for any finding of a project, from its name, its synonyms in a terminology, and what its users add."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from reports_nlp.stages.patterns import expand
from reports_nlp.stages.rules import RulesError, load_rules

_QUALIFIER = re.compile(
    r"\s*\((?:disorder|finding|disease|morphologic abnormality|procedure|body structure)\)\s*$", re.IGNORECASE
)
_SYNTAX = re.compile(r"[()\[\]{}|~\\]")
_LONGEST = 4


def phrases_for(
    name: str, *, synonyms: Iterable[str] = (), phrases: Iterable[str] = (), language: str = "en",
) -> list[dict[str, Any]]:
    """An entry for `load_rules(extra_phrases=…)` that finds `name` in reports.

    `synonyms` are names as RadLex, MeSH or SNOMED CT write them ("Effusion, Pleural", "Pneumothorax (disorder)");
    `phrases` are the users' own and may use the pack's pattern language. Number, case, spelling and hyphens need no
    variants: the pack takes them away. Word order is varied ("mass of the lung" for "lung mass").
    Raises RulesError where a phrase cannot be read or nothing is left of the name.
    """
    words: dict[str, None] = {}
    for term in (name, *synonyms):
        for plain in _plain(term):
            for variant in _orders(plain, load_rules(language).settings.get("possessive", "")):
                words[variant] = None
    for phrase in phrases:
        try:
            list(expand(phrase, load_rules(language).settings.get("classes", {})))
        except ValueError as error:
            raise RulesError(f"{name}: {error}") from error
        words[" ".join(phrase.split())] = None
    if not words:
        raise RulesError(f"{name!r} holds no word that a report could use; give the finding phrases of its own.")
    slug = re.sub(r"[^\w]+", "-", name.lower()).strip("-") or "finding"
    return [{"id": slug, "role": "finding", "finding": name, "words": list(words)}]


def _plain(term: str) -> Iterator[str]:
    """A term as a report would write it: no qualifier, no inversion, alternatives apart."""
    term = _QUALIFIER.sub("", term.strip())
    term = _SYNTAX.sub(" ", term)
    head, comma, rest = term.partition(",")
    if comma and "," not in rest and len(rest.split()) <= _LONGEST:
        term = f"{rest} {head}"
    for piece in re.split(r"\s+/\s+|;", term.replace(",", " ")):
        words = piece.lower().split()
        if words:
            yield " ".join(words)


def _orders(term: str, possessive: str) -> Iterator[str]:
    """The term, and "B of the A" for "A B"."""
    yield term
    words = term.split()
    if possessive and 2 <= len(words) <= _LONGEST and all(word.isalpha() for word in words):
        yield f"{words[-1]} {possessive} {' '.join(words[:-1])}"
