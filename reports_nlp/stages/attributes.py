"""Side, place, severity, course, size and image of each mention: each goes to the mention that it stands with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reports_nlp.stages.matching import Hit, find_attributes
from reports_nlp.stages.reads import Read
from reports_nlp.stages.rules import Rules
from reports_nlp.stages.scope import Event
from reports_nlp.stages.tokens import Page
from reports_nlp.stages.types import ImageReference, Measurement, Mention

SEVERITIES = ("trace", "mild", "moderate", "severe")
COURSES = ("resolved", "new", "worse", "better", "stable")
"""Which of several counts, first to last."""


class Attributes:
    """Writes attributes into the mentions of a sentence that has been read."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def __call__(
        self, page: Page, read: Read, sizes: Sequence[Measurement], images: Sequence[ImageReference]
    ) -> None:
        if not read.mentions:
            return
        tokens = sorted(set(read.tokens))
        found: dict[tuple[int, int], list[Hit]] = {one: [] for one in tokens}
        for hit in find_attributes(page.words, read.first, read.last, self._rules.attributes, self._rules.fillers):
            for owner in _owners(hit.start, hit.end, tokens, read.events, hit):
                found[owner].append(hit)
        measured: dict[tuple[int, int], list[Measurement]] = {one: [] for one in tokens}
        shown: dict[tuple[int, int], list[ImageReference]] = {one: [] for one in tokens}
        for size in sizes:
            if read.span.holds(size.span):
                for owner in _owners(*_tokens(page, read, size.span.start, size.span.end), tokens, read.events, None):
                    measured[owner].append(size)
        for image in images:
            if read.span.start <= image.span.start < read.span.end:
                for owner in _owners(*_tokens(page, read, image.span.start, image.span.end), tokens, read.events, None):
                    shown[owner].append(image)
        read.mentions = [
            _with(mention, found[owner], measured[owner], shown[owner])
            for mention, owner in zip(read.mentions, read.tokens, strict=True)
        ]
        read.qualities = [_qualities(found[owner]) for owner in read.tokens]


def _tokens(page: Page, read: Read, start: int, end: int) -> tuple[int, int]:
    inside = [t for t in range(read.first, read.last) if page.starts[t] < end and start < page.ends[t]]
    return (inside[0], inside[-1] + 1) if inside else (read.first, read.first)


def _owners(
    start: int, end: int, tokens: Sequence[tuple[int, int]], events: Sequence[Event], hit: Hit | None
) -> list[tuple[int, int]]:
    """The mentions that something at words[start:end] describes.

    What stands right in front of a mention belongs to it; otherwise it belongs to the mention before, unless a clause
    ends between them; failing that, to the next one.
    """
    inside = [one for one in tokens if one[0] <= start and end <= one[1]]
    if inside:
        return inside
    behind = [one for one in tokens if one[1] <= start]
    ahead = [one for one in tokens if one[0] >= end]
    if ahead and not _between(events, end, ahead[0][0], joins=True, verbs=True):
        return [ahead[0]]
    apart = bool(behind) and _between(events, behind[-1][1], start, joins=False, verbs=False)
    if behind and not apart and not _elsewhere(events, start):
        owners = [behind[-1]]
        if hit is not None and any(rule.role in ("temporal", "severity") for rule in hit.rules):
            owners += _joined(behind, events, start)
        return owners
    if ahead and not _between(events, end, ahead[0][0], joins=False, verbs=False):
        return [ahead[0]]
    return []


def _between(events: Sequence[Event], low: int, high: int, *, joins: bool, verbs: bool) -> bool:
    """Whether a clause ends between two words; with `joins` and `verbs`, whether more than modifiers stands there."""
    for event in events:
        if event.start < low or event.end > high:
            continue
        if event.stop in ("contrast", "there", "hard") or (joins and event.stop) or event.named:
            return True
        if joins and (event.join or event.opens):
            return True
        if verbs and "verb" in event.roles:
            return True
    return False


def _elsewhere(events: Sequence[Event], start: int) -> bool:
    """Whether a place is named only to say that it is clear: "…, left base clear"."""
    segment = next((event.start for event in events if event.start >= start and (event.join or event.stop)), None)
    comma = any(event.join == "comma" and event.end == start for event in events)
    return comma and any(
        rule.role == "descriptor" and rule.kind == "normal"
        for event in events if event.start >= start and (segment is None or event.start < segment)
        for rule in event.hit.rules
    )


def _joined(behind: Sequence[tuple[int, int]], events: Sequence[Event], start: int) -> list[tuple[int, int]]:
    """Further subjects of a predicate: "effusion and pneumothorax are smaller"."""
    owners: list[tuple[int, int]] = []
    last = behind[-1]
    if not any("verb" in event.roles and last[1] <= event.start < start for event in events):
        return owners
    for previous in reversed(behind[:-1]):
        between = [event for event in events if previous[1] <= event.start and event.end <= last[0]]
        if not any(event.join == "and" for event in between) or any(
            event.stop or "verb" in event.roles or event.named for event in between
        ):
            break
        owners.append(previous)
        last = previous
    return owners


def _with(
    mention: Mention, hits: Sequence[Hit], sizes: Sequence[Measurement], images: Sequence[ImageReference]
) -> Mention:
    said: dict[str, list[str]] = {}
    for hit in hits:
        for rule in hit.rules:
            if rule.kind:
                said.setdefault(rule.role, []).append(rule.kind)
    sides = set(said.get("laterality", ()))
    return replace(
        mention,
        laterality="both" if "both" in sides or len(sides) > 1 else next(iter(sides), ""),
        anatomy=tuple(dict.fromkeys(said.get("anatomy", ()))),
        severity=max(said.get("severity", ()), key=SEVERITIES.index, default=""),
        temporal=min(said.get("temporal", ()), key=COURSES.index, default=""),
        measurements=tuple(sizes), image_references=tuple(images),
    )


def _qualities(hits: Sequence[Hit]) -> tuple[str, ...]:
    """Words of degree and appearance as a coder of headings would write them."""
    return tuple(dict.fromkeys(rule.subfinding for hit in hits for rule in hit.rules if rule.subfinding))
