"""Whom and what an HL7 message names in its header: none of it may survive in the text."""

from __future__ import annotations

from collections.abc import Iterator

from reports_nlp.sources.hl7_message import MAX_COMPONENTS, Message, Segment

NAMES = {"PID": (5, 6, 9), "NK1": (2,), "PD1": (3,)}
"""XPN: family, given, further."""
PERSONS = {"PV1": (7, 8, 9, 17, 52), "ORC": (10, 11, 12, 19), "OBR": (10, 16, 28, 32, 33, 34, 35), "PD1": (4,)}
"""XCN and NDL: a number, then the name."""
NUMBERS = {"PID": (2, 3, 4, 18, 19, 20), "PV1": (19, 50), "OBR": (2, 3, 18, 19, 20, 21), "ORC": (2, 3, 4)}
PLAIN = {"PID": (7, 11, 12, 13, 14), "MSH": (4, 6), "ORC": (21, 22, 23), "NK1": (4, 5), "PV1": (3,)}
"""Birth date, addresses, telephones, institutions: every component for itself."""
MAX_WORDS = 400


def people_of(message: Message, order: Segment | None) -> tuple[str, ...]:
    """Names (given and family together, and each alone), numbers, addresses, institutions, once each."""
    words: dict[str, None] = {}
    for segment in message.segments:
        if segment.id in ("OBX", "NTE") or (segment.id == "OBR" and segment is not order):
            continue
        for word in _words(segment):
            if len(word.strip()) > 2 and len(words) < MAX_WORDS:
                words[word.strip()[:200]] = None
    return tuple(words)


def _words(segment: Segment) -> Iterator[str]:
    for number in NAMES.get(segment.id, ()):
        yield from _names(segment, number, 0)
    for number in PERSONS.get(segment.id, ()):
        yield from _names(segment, number, 1)
    for number in NUMBERS.get(segment.id, ()):
        for parts in segment.repetitions(number):
            yield from parts[:1]
    for number in PLAIN.get(segment.id, ()):
        for parts in segment.repetitions(number):
            for component in parts:
                yield from component.split(segment.separators[3], MAX_COMPONENTS)


def _names(segment: Segment, number: int, first: int) -> Iterator[str]:
    """A person's names; `first` 1 where a number stands before them. NDL packs its parts as subcomponents."""
    for parts in segment.repetitions(number):
        if first and parts and segment.separators[3] in parts[0]:
            parts = parts[0].split(segment.separators[3], MAX_COMPONENTS)
        if first:
            yield from parts[:1]
        names = [part.replace(segment.separators[3], " ") for part in parts[first : first + 3] if part]
        if names:
            yield " ".join([*names[1:], names[0]])
            yield from names
