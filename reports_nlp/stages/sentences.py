"""Tokens to sentences: numbered lists, abbreviations, capitals, decimals, wrapped lines and removed names abound."""

from __future__ import annotations

from collections.abc import Sequence

from reports_nlp.stages.tokens import Page
from reports_nlp.stages.types import Section

_ENDERS = frozenset(".!?")
_LONGEST = 300
"""Tokens: no sentence is longer, so that no text takes time beyond its length."""
_BULLETS = frozenset(("-", "*", "•", "·", "–", "►", ">"))


def split(
    page: Page, sections: Sequence[Section], abbreviations: frozenset[str], unfinished: frozenset[str] = frozenset()
) -> list[tuple[int, int]]:
    """Token ranges of the sentences inside the sections' bodies, without list numbers and final stops.

    `unfinished` are words with which no sentence ends, so that a line that does is wrapped.
    """
    ranges: list[tuple[int, int]] = []
    token = 0
    count = len(page.words)
    for section in sections:
        while token < count and page.starts[token] < section.span.start:
            token += 1
        first = token
        while token < count and page.starts[token] < section.span.end:
            token += 1
        _split_range(page, first, token, abbreviations, unfinished, ranges)
    return ranges


def _split_range(
    page: Page, first: int, last: int, abbreviations: frozenset[str], unfinished: frozenset[str],
    out: list[tuple[int, int]],
) -> None:
    words = page.words
    begin = first
    expected = 1
    token = first
    while token < last:
        word = words[token]
        if token in page.breaks and token > begin and _new_line_begins(page, token, unfinished):
            _keep(words, begin, token, out)
            begin = token
        length = _list_number(page, token, first, last, begin, expected)
        if length:
            _keep(words, begin, token, out)
            expected = int(word) + 1
            token += length
            begin = token
            continue
        if (word in _ENDERS and _ends_sentence(page, token, begin, last, abbreviations)) or word == ";":
            _keep(words, begin, token + (word == "?"), out)
            begin = token + 1
        elif word == "." and token == begin:
            begin = token + 1
        token += 1
    _keep(words, begin, last, out)


def _keep(words: list[str], begin: int, end: int, out: list[tuple[int, int]]) -> None:
    while begin < end and words[begin] in _BULLETS:
        begin += 1
    while end - begin > _LONGEST:
        out.append((begin, begin + _LONGEST))
        begin += _LONGEST
    if begin < end:
        out.append((begin, end))


def _ends_sentence(page: Page, token: int, begin: int, last: int, abbreviations: frozenset[str]) -> bool:
    if token + 1 >= last:
        return True
    if page.words[token] == "?":
        return page.text[page.ends[token]].isspace() and token > begin
    if page.words[token] != ".":
        return True
    before, after = page.text[page.starts[token] - 1 : page.starts[token]], page.text[page.ends[token]]
    if before.isdigit() and after.isdigit():
        return False
    if token == begin:
        return True
    previous = page.text[page.starts[token - 1] : page.ends[token - 1]]
    attached = page.ends[token - 1] == page.starts[token]
    if attached and (previous.lower() in abbreviations or _is_ordinal(page, token - 1, begin, abbreviations)):
        return False
    single = attached and len(previous) == 1 and previous.isalpha()
    following = page.text[page.starts[token + 1] : page.ends[token + 1]]
    return not (single and not after.isspace() and len(following) == 1 and following.isalpha())


def _is_ordinal(page: Page, number: int, begin: int, abbreviations: frozenset[str]) -> bool:
    """ "der 6. Rippe": a small number with a stop, after a word that the pack lists with #."""
    if not page.words[number].isdigit() or len(page.words[number]) > 2 or number <= begin:
        return False
    return f"{page.text[page.starts[number - 1] : page.ends[number - 1]].lower()} #" in abbreviations


def _list_number(page: Page, token: int, first: int, last: int, begin: int, expected: int) -> int:
    """How many tokens the list number at `token` takes, 0 where there is none."""
    word = page.words[token]
    if not word.isdigit() or len(word) > 2 or token + 1 >= last or page.words[token + 1] not in (".", ")"):
        return 0
    after = page.ends[token + 1]
    if page.ends[token] != page.starts[token + 1] or (after < len(page.text) and page.text[after].isdigit()):
        return 0
    at_start = token == begin or token in page.breaks
    if at_start and (page.words[token + 1] == "." or int(word) <= expected + 1):
        return 2
    spaced = after < len(page.text) and (page.text[after].isspace() or page.text[after].isupper())
    return 2 if spaced and int(word) == expected and (expected > 1 or token == first) else 0


def _new_line_begins(page: Page, token: int, unfinished: frozenset[str]) -> bool:
    """Whether the line end in front of a token ends a sentence: an empty line, a list, or a line that was not full."""
    if page.breaks[token] > 1 or page.words[token] in _BULLETS:
        return True
    start = page.starts[token]
    previous_end = page.ends[token - 1]
    line_start = page.text.rfind("\n", 0, previous_end) + 1
    following = page.text[start]
    previous = page.words[token - 1]
    if previous == "," or (previous in unfinished and page.words[token - 2] != ":"):
        return False
    if ":" in page.words[token + 1 : token + 3]:
        return True
    return (following.isupper() or following.isdigit()) and previous_end - line_start < 60 and not (
        page.text[previous_end - 1].islower() and following.isdigit()
    )
