"""`Label: value` lines: whose rest is a person, a place or a number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reports_nlp.deidentify.people import People
from reports_nlp.deidentify.types import Kind

_COLON = re.compile(r"(?:\([^()\n]{0,20}\))?['’]?s?[ \t]{0,12}[:=][ \t]{0,40}")
_FIELD_END = re.compile(r"\n|\t|[ ]{3,}|\||;|(?<=[^\W\d_]{3})\.(?:\s|$)|\.\s*\n|\d|\[")
_LABEL_GAP = re.compile(r"[ ./'_-]{1,3}")
_LABEL_WORDS = 4
_FIELD_WORDS = 6


def find_fields(people: People) -> Iterator[tuple[int, int, Kind]]:
    """Spans of field values that are no names; names are marked in `people`."""
    tokens, trig = people.tokens, people.trig
    text = tokens.text
    if ":" not in text and "=" not in text:
        return
    for i in range(len(tokens)):
        colon = _COLON.match(text, tokens.ends[i])
        if colon is None:
            continue
        for label in _labels(people, i):
            if label in trig["name_labels"]:
                _mark_name_field(people, i + 1, colon.end(), label)
                break
            if label in trig["place_labels"]:
                yield from _place_field(people, i + 1, colon.end(), weak=label in people.trig["weak_labels"])
                break
            if label in trig["id_labels"]:
                end = re.compile(r"[^\s,;|]{1,60}").match(text, colon.end())
                if end and any(c.isdigit() for c in end.group()):
                    yield colon.end(), end.end(), Kind.ID
                break


def _labels(people: People, i: int) -> Iterator[str]:
    """The words before a colon, longest first."""
    tokens = people.tokens
    first = i
    while first > 0 and i - first < _LABEL_WORDS - 1 and _LABEL_GAP.fullmatch(tokens.gap(first)):
        first -= 1
    for begin in range(first, i + 1):
        yield " ".join(tokens.lower[begin : i + 1]).removesuffix("'s")


def _field_end(text: str, start: int) -> int:
    end = _FIELD_END.search(text, start, start + 160)
    return end.start() if end else min(len(text), start + 160)


def _mark_name_field(people: People, i: int, start: int, label: str) -> None:
    tokens = people.tokens
    if i >= len(tokens) or tokens.text[start : tokens.starts[i]].strip(" \t(\"'*-"):
        return
    end = _field_end(tokens.text, tokens.starts[i])
    last = i
    while last < len(tokens) and tokens.starts[last] < end:
        last += 1
    following_label = next((k for k in range(i, last) if _COLON.match(tokens.text, tokens.ends[k])), last)
    words = range(i, following_label)
    plain = [k for k in words if tokens.lower[k] not in people.trig["not_names"] and not tokens.gap(k).endswith("(")]
    telling = [k for k in plain if len(tokens.lower[k]) > 1 and tokens.lower[k] not in people.trig["particles"]]
    sure = bool(plain) and (
        label not in people.trig["weak_labels"] or any(people.could_be_name(k) for k in telling[:2])
    )
    if not sure:
        return
    if following_label == last and len(words) <= _FIELD_WORDS and label not in people.trig["readings"]:
        for k in plain:
            if tokens.lower[k] not in people.trig["titles"] and tokens.lower[k] not in people.trig["credentials"]:
                people.marked[k] = True
        return
    people.mark_list(i, sure=label not in people.trig["readings"])


def _place_field(people: People, i: int, start: int, *, weak: bool) -> Iterator[tuple[int, int, Kind]]:
    """The rest of the line, unless it is one of the words that are no place of anybody."""
    tokens = people.tokens
    end = next(
        (at for at in (tokens.text.find(mark, start, start + 160) for mark in "\n|\t;") if at >= 0),
        min(len(tokens.text), start + 160),
    )
    spaces = tokens.text.find("   ", start, end)
    end = spaces if spaces >= 0 else end
    words: list[int] = []
    while i < len(tokens) and tokens.starts[i] < end:
        if _COLON.match(tokens.text, tokens.ends[i]):
            end = tokens.starts[words[-1]] if words else tokens.starts[i]
            break
        words.append(i)
        i += 1
    value = tokens.text[start:end]
    if not words or end <= start:
        return
    proper = any(people.unknown(k) or people.tokens.lower[k] in people.trig["institutions"] for k in words) or any(
        c.isdigit() for c in value
    )
    if weak and (not proper or len(words) > 8):
        return
    trimmed = value.rstrip(" .,")
    lead = len(value) - len(value.lstrip())
    if trimmed.strip():
        yield start + lead, start + len(trimmed), Kind.PLACE
