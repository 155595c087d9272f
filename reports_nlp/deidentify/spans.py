"""Spans found become edits of a text, and edits of edits keep pointing at the original."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from reports_nlp.deidentify.patterns import Hit
from reports_nlp.deidentify.types import Kind, Removed

_JOINS = re.compile(r"[ \t,'-]{0,3}")
_JOINS_INITIAL = re.compile(r"\.[ \t,-]{0,2}")
_RANK = {
    kind: rank
    for rank, kind in enumerate(
        (
            Kind.EMAIL,
            Kind.URL,
            Kind.DATE,
            Kind.PHONE,
            Kind.ID,
            Kind.INSTITUTION,
            Kind.PLACE,
            Kind.NAME,
            Kind.TIME,
            Kind.AGE,
        )
    )
}


@dataclass(frozen=True, slots=True)
class Edit:
    start: int
    end: int
    kind: Kind
    placeholder: str


def merged(hits: Iterable[Hit], kept: list[tuple[int, int]], text: str) -> list[Hit]:
    """Hits in order, without overlap among themselves or with what is kept; the stronger kind names the union."""
    pieces = [piece for hit in hits for piece in _without(hit, kept)]
    pieces.sort(key=lambda hit: (hit.start, -hit.end))
    found: list[Hit] = []
    for hit in pieces:
        if found and (hit.start < found[-1].end or _one_name(found[-1], hit, text)):
            last = found[-1]
            equal = (hit.start, hit.end) == (last.start, last.end)
            if hit.end <= last.end and (not equal or _RANK[hit.kind] >= _RANK[last.kind]):
                continue
            whole = (last.start, max(last.end, hit.end))
            best = min(last, hit, key=lambda one: (_RANK[one.kind], one.start - one.end))
            full = (best.start, best.end) == whole
            found[-1] = Hit(*whole, best.kind, best.groups if full else {})
        else:
            found.append(hit)
    return found


def _one_name(last: Hit, hit: Hit, text: str) -> bool:
    if (
        last.kind is not hit.kind
        or hit.kind not in (Kind.NAME, Kind.INSTITUTION, Kind.PLACE)
        or hit.start - last.end > 3
    ):
        return False
    if _JOINS.fullmatch(text, last.end, hit.start):
        return True
    initial = last.end < 2 or not text[last.end - 2].isalpha()
    return initial and _JOINS_INITIAL.fullmatch(text, last.end, hit.start) is not None


def _without(hit: Hit, kept: list[tuple[int, int]]) -> Iterable[Hit]:
    """The parts of a hit outside what is kept."""
    at = max(0, bisect_right(kept, (hit.start, hit.start)) - 1)
    start = hit.start
    cut = False
    while at < len(kept) and kept[at][0] < hit.end:
        low, high = kept[at]
        at += 1
        if high <= start:
            continue
        cut = True
        if low > start:
            yield Hit(start, low, hit.kind, {})
        start = high
    if start < hit.end:
        yield Hit(start, hit.end, hit.kind, {}) if cut else hit


@dataclass(slots=True)
class Edits:
    """A text and what became of it, always in coordinates of the original."""

    text: str
    _done: list[tuple[int, int, int, int, Kind]] = field(default_factory=list)
    """(start, end) in the original, (start, end) now, kind; in order."""

    def apply(self, edits: list[Edit]) -> None:
        """Edits of the text as it is now; none begins or ends inside a placeholder written before."""
        parts: list[str] = []
        done: list[tuple[int, int, int, int, Kind]] = []
        old = self._done
        at = position = shift_now = shift_original = length = 0

        def carry(until: int) -> None:
            nonlocal at, shift_original
            while at < len(old) and old[at][2] < until:
                start, end, now, now_end, kind = old[at]
                done.append((start, end, now + shift_now, now_end + shift_now, kind))
                shift_original = end - now_end
                at += 1

        for edit in edits:
            carry(edit.start)
            begin = edit.start + shift_original
            swallowed = shift_original
            while at < len(old) and old[at][2] < edit.end:
                swallowed = old[at][1] - old[at][3]
                at += 1
            parts += (self.text[position : edit.start], edit.placeholder)
            length += edit.start - position
            done.append((begin, edit.end + swallowed, length, length + len(edit.placeholder), edit.kind))
            length += len(edit.placeholder)
            position, shift_now, shift_original = edit.end, length - edit.end, swallowed
        carry(len(self.text) + 1)
        parts.append(self.text[position:])
        self.text, self._done = "".join(parts), done

    def removed(self) -> tuple[Removed, ...]:
        return tuple(Removed(start, end, kind) for start, end, _, _, kind in self._done)

    def placeholders(self) -> tuple[tuple[int, int], ...]:
        return tuple((start, end) for _, _, start, end, _ in self._done)
