"""Where words of an earlier version of a text stand in the newest one: only where that is beyond doubt. Pure."""

from __future__ import annotations

Span = tuple[int, int]


def anchored(*, before: str, start: int, end: int, now: str) -> Span | None:
    """[start, end) in `now` of the words at [start, end) in `before`; None where they are gone or could be others.

    Words that stand in both texts once are found by themselves. Others are found by their line and then by their
    neighbourhood, when that stands once in both. The words at the returned span are always the same.
    """
    if before == now:
        return start, end
    for left, right in _widening(before, start, end):
        piece = before[left:right]
        if _count(before, piece) == 1 and _count(now, piece) == 1:
            at = now.index(piece) + start - left
            return at, at + end - start
    return None


def _widening(text: str, start: int, end: int) -> list[Span]:
    """The words, the sentence-like stretch around them, their line, and the line with its neighbours."""
    stretch = _around(text, start, end, ".\n"), _around(text, start, end, "\n")
    wide = _around(text, max(0, stretch[1][0] - 1), min(len(text), stretch[1][1] + 1), "\n")
    return [(start, end), *stretch, wide]


def _around(text: str, start: int, end: int, stops: str) -> Span:
    left = max((text.rfind(stop, 0, start) for stop in stops), default=-1) + 1
    ends = [at for at in (text.find(stop, end) for stop in stops) if at >= 0]
    return left, min(ends, default=len(text))


def _count(text: str, piece: str) -> int:
    """Overlapping ones too: "aa" stands twice in "aaa"."""
    found, at = 0, text.find(piece)
    while at >= 0 and found < 2:
        found, at = found + 1, text.find(piece, at + 1)
    return found
