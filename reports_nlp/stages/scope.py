"""How far a cue reaches: which entities a negation, hedge, recommendation or history speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reports_nlp.stages.matching import Hit
from reports_nlp.stages.rules import ENTITY_ROLES, Rule

SCOPED = frozenset({"negation", "uncertainty", "recommendation", "hypothetical", "history", "family"})
"""Roles that reach out to entities."""
_NEW_CHUNK = frozenset({"presence", "descriptor", "pseudo-negation"})
_NAMED = frozenset({"finding", "subject"})
_ENDED_BY_VERB = frozenset({"history", "family", "hypothetical"})
_FIRM = frozenset({"negation", "pseudo-negation"})
UNCONFIRMED = "unconfirmed"
"""Kind of a hedge that takes a denial back."""
_READINGS = frozenset({"probable", "concerning"})
_CLOSING = frozenset(").]!?")


@dataclass(slots=True, eq=False)
class Event:
    """An entity or cue at its place in the sentence, with its roles looked up once."""

    hit: Hit
    start: int
    end: int
    roles: frozenset[str]
    named: bool
    """A finding or subject: what scopes are about."""
    stop: str = ""
    join: str = ""
    opens: bool = False
    answers: bool = False
    """Says something of what stands in front of it, as a predicate does."""
    firm: bool = False
    """Ends an earlier scope even where that has not met an entity yet."""
    reached: list[tuple[Hit, Rule]] = field(default_factory=list)
    """For entities: the cues that reach them."""


def events_of(entities: Sequence[Hit], cues: Sequence[Hit]) -> list[Event]:
    events = []
    for hit in entities:
        roles = frozenset(rule.role for rule in hit.rules)
        events.append(Event(hit, hit.start, hit.end, roles, bool(roles & _NAMED)))
    for hit in cues:
        event = Event(hit, hit.start, hit.end, frozenset(rule.role for rule in hit.rules), False)
        for rule in hit.rules:
            if rule.role == "stop":
                event.stop = rule.kind or "hard"
            elif rule.role == "join":
                event.join = rule.kind
            elif rule.role in SCOPED and rule.direction == "backward":
                event.answers = True
            elif rule.role == "pseudo-negation" or (rule.role in SCOPED and rule.direction != "backward"):
                event.opens = True
                event.firm = event.firm or rule.role in _FIRM or rule.limits.get("firm") == "yes"
        events.append(event)
    events.sort(key=lambda event: (event.start, -event.end))
    return events


def reach(events: list[Event], first: int, last: int, determiners: frozenset[str], words: list[str]) -> None:
    """Writes into each entity's `reached` the cues whose scope it stands in."""
    for index, event in enumerate(events):
        for rule in event.hit.rules:
            if rule.role not in SCOPED or not _holds(events, index, rule, first, last, words):
                continue
            start, end = _spans(events, index, rule, last, determiners, words)
            before = _elided(events, index, rule)
            if before is not None:
                rule, start = replace(rule, kind=UNCONFIRMED), _back(events, before, determiners, words)
            for other in events:
                if other.roles & ENTITY_ROLES and start <= other.start and other.end <= end:
                    other.reached.append((event.hit, rule))


def _elided(events: list[Event], index: int, rule: Rule) -> int | None:
    """The "but" in front of a hedge without a subject: "no pneumothorax is seen but cannot be excluded"."""
    if rule.role != "uncertainty" or rule.direction != "backward":
        return None
    for position in range(index - 1, -1, -1):
        if events[position].end <= events[index].start:
            near = events[position].end == events[index].start
            return position if near and events[position].stop == "contrast" else None
    return None


def _holds(events: list[Event], index: int, rule: Rule, first: int, last: int, words: list[str]) -> bool:
    """Whether a cue's own conditions are met; a denial that is denied itself says nothing."""
    event = events[index]
    place = rule.limits.get("at")
    if place == "end" and any(word not in _CLOSING for word in words[event.end : last]):
        return False
    after = rule.limits.get("after")
    if after and not any(other.kind == after for earlier in events[:index] for other in earlier.hit.rules):
        return False
    if place == "start" and event.start != first:
        return False
    return not (rule.role == "negation" and rule.direction == "forward" and not rule.kind and _denied(events, index))


def _denied(events: list[Event], index: int) -> bool:
    """ "not … free of": two denials with nothing between that could end the first."""
    for position in range(index - 1, -1, -1):
        event = events[position]
        if event.end > events[index].start:
            continue
        if event.roles & ENTITY_ROLES or event.stop or event.join:
            return False
        if any(rule.role == "negation" and rule.direction == "forward" and not rule.kind for rule in event.hit.rules):
            return True
    return False


def _spans(
    events: list[Event], index: int, rule: Rule, last: int, determiners: frozenset[str], words: list[str]
) -> tuple[int, int]:
    event = events[index]
    if rule.direction == "backward":
        return _back(events, index, determiners, words), event.start
    ahead = event.end, _ahead(events, index, rule, last, determiners, words)
    if rule.direction != "both":
        return ahead
    behind = _back(events, index, determiners, words), event.start
    first, second = (behind, ahead) if rule.role == "negation" else (ahead, behind)
    return first if _any_named(events, first) else second


def _any_named(events: list[Event], span: tuple[int, int]) -> bool:
    return any(event.named and span[0] <= event.start and event.end <= span[1] for event in events)


def _ahead(
    events: list[Event], index: int, rule: Rule, last: int, determiners: frozenset[str], words: list[str]
) -> int:
    origin = events[index]
    narrow = rule.direction == "both"
    seen = verb = False
    for position in range(len(events)):
        event = events[position]
        if position == index or event.end <= origin.end:
            continue
        if event.start < origin.end:
            seen = seen or ("normal" in event.roles and event.end > origin.end)
            continue
        if event.named or "normal" in event.roles:
            seen = True
        elif (
            (event.stop and _stops(event, rule, seen=seen))
            or (event.opens and (seen or event.firm) and not _interprets(events, position, rule))
            or (seen and _runs_on(events, position))
        ):
            return event.start
        elif "verb" in event.roles:
            if (narrow and not seen) or (seen and rule.role in _ENDED_BY_VERB):
                return event.start
            verb = verb or seen
        elif event.join in ("and", "comma") and (
            (seen and _new_clause(events, position, verb, determiners, words)) or (narrow and not seen)
        ):
            return event.start
    return last


def _interprets(events: list[Event], position: int, rule: Rule) -> bool:
    """Whether a hedge only says what a denied thing would have meant: "no opacity suspicious for pneumonia"."""
    if rule.role != "negation" or not any(
        one.role == "uncertainty" and one.kind in _READINGS for one in events[position].hit.rules
    ):
        return False
    for event in reversed(events[:position]):
        if event.named:
            return True
        if event.join or event.stop not in ("", "relative"):
            return False
    return False


def _runs_on(events: list[Event], position: int) -> bool:
    """Whether a sentence runs on without a stop: "no pneumothorax small effusion"."""
    event, before = events[position], events[position - 1]
    if not event.roles & {"presence", "descriptor"} or not before.named or before.end != event.start:
        return False
    following = next((one for one in events[position + 1 :] if one.named or one.join or one.stop), None)
    return following is not None and following.named


def _stops(event: Event, rule: Rule, *, seen: bool) -> bool:
    if event.stop == "soft" or event.stop == "bracket":
        return seen
    if event.stop == "there" and not seen:
        return rule.role == "negation"
    return event.stop not in ("colon", "relative", "only") or seen


def _new_clause(
    events: list[Event], position: int, verb: bool, determiners: frozenset[str], words: list[str]
) -> bool:
    """Whether what follows a comma or "and" stands on its own, so that a scope ends in front of it."""
    at = events[position].end
    following = position + 1
    while following < len(events) and events[following].join and events[following].start == at:
        if events[following].join == "or":
            return False
        at = events[following].end
        following += 1
    if verb:
        return True
    while at < len(words) and words[at] in determiners:
        at += 1
    while following < len(events) and events[following].start < at:
        following += 1
    begins_new = False
    if following < len(events) and events[following].start == at:
        begins_new = events[following].opens or bool(events[following].roles & _NEW_CHUNK)
    asserting = described = False
    for event in events[following:]:
        if event.stop in ("hard", "there", "contrast"):
            break
        if event.join == "or" and not asserting:
            return False
        if event.join in ("and", "comma") and not begins_new:
            break
        if event.answers:
            described = asserting = True
        if "verb" in event.roles:
            asserting = True
            if any(rule.role == "verb" and rule.kind == "asserts" for rule in event.hit.rules):
                described = True
        elif asserting and (event.opens or event.roles & _NEW_CHUNK):
            described = True
    return begins_new or (asserting and described)


def _back(events: list[Event], index: int, determiners: frozenset[str], words: list[str]) -> int:
    cue = events[index]
    seen = joined = listed = False
    for position in range(index - 1, -1, -1):
        event = events[position]
        if event.end > cue.start:
            continue
        if event.named:
            if seen and not joined:
                return event.end
            seen, joined = True, False
        elif event.stop:
            if seen or event.stop not in ("colon", "bracket", "relative", "only"):
                return event.end
        elif not seen and event.join in ("and", "comma") and words[event.end] in determiners:
            return event.end
        elif event.join in ("and", "or", "slash"):
            joined = listed = seen
        elif event.join == "comma" and seen:
            if not listed:
                return event.end
            joined = True
        elif (event.opens or "verb" in event.roles) and seen:
            return event.end
    return 0
