"""Names of people and institutions: by what introduces them, by what follows them, and by being no word."""

from __future__ import annotations

from collections.abc import Iterator

from reports_nlp.deidentify.fields import find_fields
from reports_nlp.deidentify.institutions import find_institutions
from reports_nlp.deidentify.lexicon import Lexicon
from reports_nlp.deidentify.patterns import Hit
from reports_nlp.deidentify.people import People
from reports_nlp.deidentify.signs import by_words_around
from reports_nlp.deidentify.small_letters import by_weak_signs
from reports_nlp.deidentify.spelling import by_neighbours, by_repetition, by_spelling
from reports_nlp.deidentify.tokens import Tokens
from reports_nlp.deidentify.types import Kind


def find_names(text: str, lower: str, lexicon: Lexicon, language: str, *, no_capitals: bool = False) -> Iterator[Hit]:
    """Names and institutions of a folded text. no_capitals: the whole report is written in small letters."""
    tokens = Tokens.of(text, lower)
    if not len(tokens):
        return
    people = People(tokens, lexicon, language, no_capitals=no_capitals)
    by_words_around(people)
    for start, end, kind in find_fields(people):
        yield Hit(start, end, kind, {})
    for start, end in find_institutions(people):
        yield Hit(start, end, Kind.INSTITUTION, {})
    by_spelling(people)
    by_weak_signs(people)
    by_neighbours(people)
    by_repetition(people)
    for start, end, kind in people.spans():
        yield Hit(start, end, kind, {})
