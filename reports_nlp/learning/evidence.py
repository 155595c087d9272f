"""From what weighed in a model's answer to places in the text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reports_nlp.stages.types import Span

MOST = 3
"""Spans shown of one answer."""


def strongest(weighed: Iterable[tuple[float, int, int]], fallback: Sequence[Span] = ()) -> tuple[Span, ...]:
    """Up to three places that spoke most for the answer, those that touch joined, in the order of the text.

    weighed   (weight, start, end); only weights above 0 count.
    fallback  where the rules saw the finding: shown when no phrase spoke for the answer but a rule's word did.
    """
    ranked = sorted((item for item in weighed if item[0] > 0), key=lambda item: (-item[0], item[1], item[2]))
    kept: list[Span] = []
    for _, start, end in ranked:
        kept = _joined(kept, Span(start, end))
        if len(kept) > MOST:
            kept = kept[:MOST]
            break
    return tuple(sorted(kept or fallback[:MOST], key=lambda span: span.start))


def _joined(spans: list[Span], new: Span) -> list[Span]:
    touching = [span for span in spans if span.start <= new.end + 1 and new.start <= span.end + 1]
    if not touching:
        return [*spans, new]
    whole = Span(min(s.start for s in [*touching, new]), max(s.end for s in [*touching, new]))
    first = spans.index(touching[0])
    rest = [span for span in spans if span not in touching]
    return [*rest[:first], whole, *rest[first:]]
