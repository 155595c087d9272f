"""What is said of an organ: "the heart is mildly enlarged", "stable heart and mediastinum", "lungs clear"."""

from __future__ import annotations

from reports_nlp.stages.matching import Hit
from reports_nlp.stages.rules import Rule
from reports_nlp.stages.scope import Event

RANK = ("blunted", "enlarged", "borderline", "normal", "obscured", "stable")
"""Which of several descriptors counts."""
_ORGANS = frozenset({"subject", "organ"})
_GAP = 5

Found = tuple[str, Hit, Rule, list[tuple[Hit, Rule]]]
"""Kind of descriptor, its phrase, its rule, and the cues that turned it."""


def describe(events: list[Event], index: int) -> Found | None:
    """The descriptor that counts for the organ at events[index], None where nothing is said of it."""
    found = _before(events, index) + _after(events, index)
    if not found:
        return None
    return min(found, key=lambda one: RANK.index(one[0]) if one[0] in RANK else len(RANK))


def _after(events: list[Event], index: int) -> list[Found]:
    found: list[Found] = []
    turned: list[tuple[Hit, Rule]] = []
    joined = False
    own = 0
    for position in range(index + 1, len(events)):
        event = events[position]
        if event.start < events[index].end:
            continue
        if event.roles & _ORGANS:
            found = found[:own]
            return found if found or not joined else _after(events, position)
        if event.named or "excluded" in event.roles or event.stop in ("hard", "there"):
            break
        if event.stop == "contrast" and found:
            break
        descriptor = event.hit.rule("descriptor")
        if descriptor:
            found.append(_turn(descriptor, event.hit, turned))
            turned = []
            if not joined:
                own = len(found)
            continue
        if event.join:
            joined = True
        elif "verb" in event.roles:
            joined = False
            own = len(found)
        for rule in event.hit.rules:
            if rule.role in ("negation", "uncertainty") and rule.direction != "backward":
                if found and joined:
                    return found
                turned.append((event.hit, rule))
    return found


def _before(events: list[Event], index: int) -> list[Found]:
    found: list[Found] = []
    edge = events[index].start
    pending: Found | None = None
    joined = False
    for position in range(index - 1, -1, -1):
        event = events[position]
        if event.end > edge:
            continue
        if edge - event.end > _GAP or event.stop in ("hard", "there", "contrast"):
            break
        if event.roles & _ORGANS:
            if joined and not found and pending is None:
                return _before(events, position)
            break
        descriptor = event.hit.rule("descriptor")
        if descriptor:
            if joined:
                break
            if pending:
                found.append(pending)
            pending = (descriptor.kind, event.hit, descriptor, [])
        elif event.join and not found and pending is None:
            joined = True
        elif event.named and any(rule.kind == "aside" for rule in event.hit.rules):
            pass
        elif event.named or event.join or "verb" in event.roles or "excluded" in event.roles:
            break
        else:
            turning = event.hit.rule("negation", "uncertainty")
            if turning and turning.direction != "backward" and pending:
                pending = _turn(pending[2], pending[1], [(event.hit, turning)])
        edge = event.start
    if pending:
        found.append(pending)
    return found


def _turn(rule: Rule, hit: Hit, turned: list[tuple[Hit, Rule]]) -> Found:
    kind = rule.kind
    for _, cue in turned:
        if cue.role == "negation" and kind in ("enlarged", "borderline"):
            kind = "normal"
        elif cue.role == "negation" and kind == "normal":
            kind = "enlarged"
        elif cue.role == "uncertainty" and kind in ("enlarged", "borderline", "normal"):
            kind = f"maybe-{kind}" if cue.kind == "possible" else kind
    return kind, hit, rule, list(turned)
