"""Several readings of one shadow: "A or B", a nodule that is a granuloma, a sign beside what it means."""

from __future__ import annotations

from dataclasses import replace

from reports_nlp.stages.policy import Policy
from reports_nlp.stages.reads import Read, cue_of
from reports_nlp.stages.scope import Event
from reports_nlp.stages.tokens import Page
from reports_nlp.stages.types import Mention, Polarity


def alternatives(page: Page, read: Read, policy: Policy) -> None:
    """ "A or B", "A versus B" said of one shadow: neither is certain.

    What leans to presence ("concerning for pneumonia or aspiration") keeps leaning where the other is no label.
    """
    for event in read.events:
        rule = event.hit.rule("join")
        if rule is None or rule.kind not in ("or", "slash", "versus"):
            continue
        left = _nearest(read, event, before=True)
        right = _nearest(read, event, before=False)
        group = _group(read, event, left, right, policy)
        if group and _unchanged(read, min(read.tokens[index][0] for index in group)):
            continue
        cue = cue_of(page, "alternative", event.hit, rule)
        names = {read.mentions[index].finding for index in group}
        outside = len(names & set(policy.labels)) < 2 and not names <= set(policy.labels)
        for index in group:
            mention = read.mentions[index]
            if outside and any(one.role == "uncertainty" for one in mention.cues):
                continue
            if mention.finding in policy.alternatives and mention.polarity is Polarity.PRESENT:
                read.mentions[index] = replace(mention, polarity=Polarity.UNCERTAIN, cues=(*mention.cues, cue))


def explained(page: Page, read: Read, policy: Policy) -> None:
    """A nodule that is read as a granuloma or a nipple shadow is no lesion; one that may be is uncertain."""
    for event in read.events:
        harmless = next((rule for rule in event.hit.rules if rule.kind == "explains"), None)
        if harmless is None:
            continue
        before = [
            index for index, (_, end) in enumerate(read.tokens)
            if end <= event.start and read.mentions[index].finding in policy.explained
            and read.mentions[index].polarity is not Polarity.ABSENT
        ]
        if not before:
            continue
        index = before[-1]
        between = [one for one in read.events if read.tokens[index][1] <= one.start and one.end <= event.start]
        kinds = {rule.kind for one in between for rule in one.hit.rules if rule.role == "uncertainty"}
        if not kinds or any(one.named or one.stop in ("contrast", "there") for one in between):
            continue
        if "probable" in kinds:
            del read.mentions[index], read.tokens[index]
        else:
            cue = cue_of(page, "alternative", event.hit, harmless)
            mention = read.mentions[index]
            read.mentions[index] = replace(mention, polarity=Polarity.UNCERTAIN, cues=(*mention.cues, cue))


def prefer_reading(read: Read, policy: Policy) -> None:
    """A sign (blunted angle) beside its reading (effusion) is one mention: the reading."""
    for index in range(len(read.mentions) - 1, -1, -1):
        sign = read.mentions[index].subfinding
        readings = policy.signs.get(sign, ())
        if any(other.finding in readings and other.subfinding != sign for other in read.mentions):
            del read.mentions[index], read.tokens[index]


def _is_slashed(mention: Mention, policy: Policy) -> bool:
    return mention.finding in policy.slashed and mention.subfinding not in policy.unslashed


def _group(read: Read, event: Event, left: int | None, right: int | None, policy: Policy) -> list[int]:
    """Which mentions an "or" makes uncertain."""
    if left is not None and right is not None:
        if event.join == "slash" and not all(
            _is_slashed(read.mentions[side], policy) for side in (left, right)
        ):
            return []
        same = read.mentions[left].finding == read.mentions[right].finding
        if event.join == "versus":
            return [left, right]
        return [] if same else _chain(read, left, right)
    if event.join == "versus":
        return [index for index in (left, right) if index is not None]
    if event.join == "or" and left is not None and read.tokens[left][1] == event.start:
        return _chain(read, left, left)
    return []


def _unchanged(read: Read, start: int) -> bool:
    """Whether what begins at `start` is listed after "no change in": there an "or" only joins."""
    for event in reversed(read.events):
        if event.end <= start and (event.stop or "pseudo-negation" in event.roles):
            return "pseudo-negation" in event.roles
    return False


def _nearest(read: Read, event: Event, *, before: bool) -> int | None:
    """The mention next to an "or", with nothing but modifiers between."""
    best = None
    for index, (start, end) in enumerate(read.tokens):
        if before and end <= event.start and (best is None or end > read.tokens[best][1]):
            best = index
        if not before and start >= event.end and (best is None or start < read.tokens[best][0]):
            best = index
    if best is None:
        return None
    low, high = (read.tokens[best][1], event.start) if before else (event.end, read.tokens[best][0])
    for other in read.events:
        if low <= other.start and other.end <= high and other is not event and (
            other.stop or "negation" in other.roles or "verb" in other.roles or other.named
        ):
            return None
    return best


def _chain(read: Read, left: int, right: int) -> list[int]:
    """Both sides of an "or" and what commas join in front: A, B or C."""
    group = list(dict.fromkeys((left, right)))
    commas = [event for event in read.events if event.join == "comma"]
    while True:
        start = min(read.tokens[index][0] for index in group)
        comma = next((c for c in reversed(commas) if c.end <= start), None)
        if comma is None or start - comma.end > 3 or any(
            comma.end <= other.start and other.end <= start and not other.roles <= {"presence", "join"}
            for other in read.events
        ):
            return group
        previous = _nearest(read, comma, before=True)
        if previous is None or previous in group:
            return group
        group.append(previous)
