"""Entities and what reaches them become mentions with polarity, context and the cues that decided."""

from __future__ import annotations

from dataclasses import replace

from reports_nlp.stages.descriptors import describe
from reports_nlp.stages.matching import Hit, find
from reports_nlp.stages.policy import Policy
from reports_nlp.stages.readings import alternatives, explained, prefer_reading
from reports_nlp.stages.reads import Read, cue_of
from reports_nlp.stages.rules import Rule, Rules
from reports_nlp.stages.scope import UNCONFIRMED, Event, events_of, reach
from reports_nlp.stages.tokens import Page
from reports_nlp.stages.types import Context, Cue, Mention, Polarity, SectionKind, Span

_CONTEXTS = {
    "recommendation": Context.RECOMMENDED, "hypothetical": Context.HYPOTHETICAL, "history": Context.HISTORICAL,
    "family": Context.FAMILY,
}
_NEVER_ASSERTED = {
    SectionKind.INDICATION: Context.HYPOTHETICAL, SectionKind.TECHNIQUE: Context.HYPOTHETICAL,
    SectionKind.COMPARISON: Context.HISTORICAL,
}
_POLARITIES = {"present": Polarity.PRESENT, "absent": Polarity.ABSENT, "uncertain": Polarity.UNCERTAIN}
_APART = 1
"""Words that may stand between two nouns that name one finding."""


class Reader:
    """Reads one sentence at a time under a pack and a policy."""

    def __init__(self, rules: Rules, policy: Policy) -> None:
        self._rules = rules
        self._policy = policy
        self._determiners = frozenset(rules.words(word) for word in rules.settings.get("determiners", ()))

    def __call__(self, page: Page, first: int, last: int, section: SectionKind) -> Read:
        span = Span(page.starts[first], page.ends[last - 1])
        read = Read(first, last, span, section)
        entities, cues = find(page.words, first, last, self._rules.table, self._rules.fillers)
        if not entities:
            return read
        events = read.events = events_of(entities, cues)
        reach(events, first, last, self._determiners, page.words)
        for index, event in enumerate(events):
            named: set[str] = set()
            for rule in event.hit.rules:
                if rule.finding in named:
                    continue
                named.add(rule.finding)
                if rule.role == "finding" and not _said_again(events, index, rule):
                    self._finding(page, read, event, rule)
                elif rule.role in ("subject", "organ"):
                    self._organ(page, read, events, index, rule)
                elif rule.role == "normal":
                    read.normals.append((rule.kind, cue_of(page, "normal", event.hit, rule)))
        alternatives(page, read, self._policy)
        explained(page, read, self._policy)
        prefer_reading(read, self._policy)
        return read

    def _finding(self, page: Page, read: Read, event: Event, rule: Rule) -> None:
        polarity, cues = self._polarity(page, event, rule.finding)
        context, why = self._context(page, read, event)
        self._add(page, read, event.hit, rule, polarity, context, cues + why)

    def _context(self, page: Page, read: Read, event: Event) -> tuple[Context, list[Cue]]:
        """What the cues say of when and whom; what a section is there for where they say nothing."""
        cues = [
            (rule.role, hit, rule) for hit, rule in event.reached
            if rule.role in _CONTEXTS and rule.limits.get("section", read.section.value) == read.section.value
        ]
        evidence = [cue_of(page, role, hit, rule) for role, hit, rule in cues]
        roles = {role for role, _, _ in cues}
        for role in ("family", "history"):
            if role in roles:
                return _CONTEXTS[role], evidence
        if read.section in _NEVER_ASSERTED:
            return _NEVER_ASSERTED[read.section], evidence
        if not roles:
            return Context.ASSERTED, evidence
        first = min(hit.start for _, hit, _ in cues)
        advice = next((one for one in read.events if "advice" in one.roles and one.end <= first), None)
        if advice is not None and "recommendation" not in roles:
            rule = advice.hit.rule("advice")
            assert rule is not None
            evidence.append(cue_of(page, "recommendation", advice.hit, rule))
            return Context.RECOMMENDED, evidence
        return _CONTEXTS[max(roles)], evidence

    def _add(
        self, page: Page, read: Read, hit: Hit, rule: Rule, polarity: Polarity, context: Context, cues: list[Cue]
    ) -> None:
        special = self._policy.polarities.get(rule.subfinding) or self._policy.polarities.get(rule.finding)
        if special:
            said = special.get(polarity.value, polarity.value)
            if said == "ignored":
                return
            polarity = _POLARITIES[said]
        finding = self._policy.rename.get(rule.subfinding, rule.finding)
        if not finding:
            return
        mention = Mention(
            finding=finding, subfinding=rule.subfinding, span=Span(page.starts[hit.start], page.ends[hit.end - 1]),
            sentence=read.span, section=read.section, polarity=polarity, context=context, rule=rule.id,
            cues=tuple(cues), abnormal=rule.abnormal,
        )
        read.mentions.append(mention)
        read.tokens.append((hit.start, hit.end))
        for implied, value in rule.implies:
            guessed = value != "as-said"
            if polarity is not Polarity.ABSENT and (context is Context.ASSERTED or not guessed):
                said = _POLARITIES.get(value, polarity)
                read.mentions.append(replace(mention, finding=implied, subfinding="", polarity=said, implied=guessed))
                read.tokens.append((hit.start, hit.end))

    def _polarity(self, page: Page, event: Event, finding: str) -> tuple[Polarity, list[Cue]]:
        negations = [
            (hit, rule) for hit, rule in event.reached
            if rule.role == "negation" and rule.limits.get("spares") != finding
        ]
        hedges = [(hit, rule) for hit, rule in event.reached if rule.role == "uncertainty"]
        cues = [cue_of(page, rule.role, hit, rule) for hit, rule in negations + hedges]
        polarity = Polarity.PRESENT
        unconfirmed = any(rule.kind == UNCONFIRMED for _, rule in hedges)
        before = any(h.end <= negations[-1][0].start <= event.start for h, _ in hedges) if negations else False
        if negations and not before and not unconfirmed:
            kind = negations[-1][1].kind
            return _POLARITIES[self._policy.hedges.get(kind, "absent")], cues
        sure = any(self._policy.hedges.get(rule.kind) == "present" for _, rule in hedges)
        for _, rule in hedges:
            said = self._policy.hedges.get(rule.kind, "uncertain")
            if said != "present" and not (rule.kind == "conditional" and sure):
                polarity = _POLARITIES[said]
        return polarity, cues

    def _organ(self, page: Page, read: Read, events: list[Event], index: int, rule: Rule) -> None:
        found = describe(events, index)
        if found is None:
            return
        kind, hit, descriptor, turned = found
        cues = [cue_of(page, kind, hit, descriptor), *(cue_of(page, cue.role, at, cue) for at, cue in turned)]
        if rule.role == "organ":
            if kind == "normal":
                read.normals.append((rule.kind, cues[0]))
            return
        said = rule.limits.get(kind) or self._policy.descriptors.get(kind, "ignored")
        if kind == "normal":
            read.normals.append((rule.kind or rule.finding, cues[0]))
        if said != "ignored":
            context, why = self._context(page, read, events[index])
            cues += why
            self._add(page, read, events[index].hit, rule, _POLARITIES[said], context, cues)


def _said_again(events: list[Event], index: int, rule: Rule) -> bool:
    """Whether the next words name the same finding again: in "hazy opacity" and "shunt catheter" the noun counts."""
    at = events[index].end
    for event in events[index + 1 :]:
        if event.start < at:
            continue
        if event.start - at > _APART:
            return False
        if event.named:
            return any(other.role == "finding" and other.finding == rule.finding for other in event.hit.rules)
        if not event.roles <= {"presence", "excluded"}:
            return False
        at = event.end
    return False
