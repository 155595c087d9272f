"""A report's text cut where marks begin and end: each piece knows which findings it names and which it decides about.

Pure: positions are characters of the text as stored, so that what a person selects can be sent back as a span.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Mark:
    """A span with what it is for: a `mention`, a `cue` of the mention `owner`, or a `link` to an image."""

    kind: str
    owner: int
    start: int
    end: int
    name: str = ""
    """Of a mention: polarity, or its context where that is not `asserted`; of a cue: its role."""
    label: str = ""
    """Of a mention: the finding's name, for people who hear the page."""


@dataclass(frozen=True)
class Piece:
    """A stretch of text inside the same marks."""

    start: int
    text: str
    mention: Mark | None = None
    """The innermost mention that holds it."""
    mentions: tuple[int, ...] = ()
    cues: tuple[int, ...] = ()
    """Mentions that this piece decides about."""
    role: str = ""
    link: int = 0
    is_first: bool = False
    """First piece of its innermost mention: the one that takes the focus and carries the sign."""


@dataclass(frozen=True)
class Block:
    """A heading or a section's body. `kind` is the section's, "" for what stands outside of any."""

    kind: str
    is_heading: bool
    pieces: tuple[Piece, ...]


def blocks_of(text: str, sections: Iterable[Sequence[object]], marks: Iterable[Mark]) -> list[Block]:
    """The whole text in reading order; blank lines between sections are left to the page's own spacing."""
    all_marks = sorted(marks, key=lambda mark: (mark.start, mark.end))
    blocks = []
    for kind, start, end in _stretches(len(text), sections):
        first, last = _without_blanks(text, start, end)
        if first < last:
            pieces = tuple(_pieces(text, first, last, all_marks))
            blocks.append(Block(kind, kind == "", pieces))
    if all(block.is_heading for block in blocks):
        return [Block("", False, block.pieces) for block in blocks]
    return blocks


def _stretches(length: int, sections: Iterable[Sequence[object]]) -> Iterable[tuple[str, int, int]]:
    """Bodies of sections and what lies between them, without gaps and overlaps."""
    place = 0
    known = sorted((int(str(start)), int(str(end)), str(kind)) for kind, start, end in sections)
    for start, end, kind in known:
        start, end = max(start, place), min(end, length)
        if start >= end:
            continue
        if start > place:
            yield "", place, start
        yield kind, start, end
        place = end
    if place < length:
        yield "", place, length


def _without_blanks(text: str, start: int, end: int) -> tuple[int, int]:
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - (len(inner) - len(inner.rstrip()))


def _pieces(text: str, start: int, end: int, marks: Sequence[Mark]) -> Iterable[Piece]:
    here = [mark for mark in marks if mark.start < end and mark.end > start]
    cuts = {start, end}
    for mark in here:
        cuts |= {max(start, mark.start), min(end, mark.end)}
    edges = sorted(cuts)
    for first, last in pairwise(edges):
        yield _piece(text, first, last, [mark for mark in here if mark.start <= first and mark.end >= last])


def _piece(text: str, start: int, end: int, holding: Sequence[Mark]) -> Piece:
    named = sorted((m for m in holding if m.kind == "mention"), key=lambda m: (m.end - m.start, m.owner))
    deciding = [m for m in holding if m.kind == "cue"]
    link = next((m.owner for m in holding if m.kind == "link"), 0)
    inner = named[0] if named else None
    return Piece(
        start, text[start:end], mention=inner, mentions=tuple(m.owner for m in named),
        cues=tuple(dict.fromkeys(m.owner for m in deciding)), role=deciding[0].name if deciding else "", link=link,
        is_first=inner is not None and inner.start == start,
    )
