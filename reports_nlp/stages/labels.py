"""From mentions to what the report says: aggregation, closure, normal statements, No Finding."""

from __future__ import annotations

from collections.abc import Sequence

from reports_nlp.stages.policy import Policy
from reports_nlp.stages.types import Context, Cue, Label, Mention, Polarity, SectionKind

NO_FINDING = "No Finding"
Normal = tuple[str, Cue]
"""What is called normal, and the phrase that does."""
_VALUE = {Polarity.PRESENT: 1, Polarity.ABSENT: 0, Polarity.UNCERTAIN: -1}


def counted_sections(present: Sequence[SectionKind], policy: Policy) -> frozenset[SectionKind]:
    """The sections that labels are read from: the first group of the policy of which the report has one."""
    for group in policy.sections:
        kinds = frozenset(kind for kind in present if kind.value in group)
        if kinds:
            return kinds
    return frozenset()


def label(
    mentions: Sequence[Mention], normals: Sequence[Normal], sections: frozenset[SectionKind], policy: Policy
) -> tuple[Label, ...]:
    """Labels in the policy's order, then those of further findings in order of the text."""
    by_finding: dict[str, list[int]] = {}
    for index, mention in enumerate(mentions):
        if mention.context is Context.ASSERTED and mention.section in sections:
            by_finding.setdefault(mention.finding, []).append(index)
            if mention.subfinding and mention.subfinding != mention.finding:
                by_finding.setdefault(mention.subfinding, []).append(index)
    labels = {finding: _decide(finding, indices, mentions, policy) for finding, indices in by_finding.items()}
    _close(labels, policy)
    _normal(labels, normals, policy)
    none = _no_finding(labels, mentions, normals, sections, policy)
    if none:
        labels[NO_FINDING] = none
    order = {finding: number for number, finding in enumerate(policy.labels)}
    return tuple(sorted(labels.values(), key=lambda one: order.get(one.finding, len(order))))


def _decide(finding: str, indices: list[int], mentions: Sequence[Mention], policy: Policy) -> Label:
    if policy.level == "report":
        final = [i for i in indices if mentions[i].section in (SectionKind.IMPRESSION, SectionKind.ADDENDUM)]
        indices = final or indices
    for wanted in policy.order:
        deciding = tuple(i for i in indices if mentions[i].polarity == wanted)
        if deciding:
            return Label(finding, _VALUE[Polarity(wanted)], deciding, "mention")
    raise ValueError(f"policy {policy.name}: aggregation.order must name every polarity")


def _close(labels: dict[str, Label], policy: Policy) -> None:
    """A present or uncertain child says as much of those above it; what the text says of them itself stands."""
    for child, said in [(one.finding, one) for one in labels.values() if one.value]:
        above = policy.closure.get(child)
        while above:
            known = labels.get(above)
            if known is None or (known.reason != "mention" and known.value == -1):
                labels[above] = Label(above, said.value, (), f"closure:{child}")
            above = policy.closure.get(above)


def _normal(labels: dict[str, Label], normals: Sequence[Normal], policy: Policy) -> None:
    for kind, cue in normals:
        for finding in policy.normal_statements.get(kind, ()):
            if finding not in labels:
                labels[finding] = Label(finding, 0, (), "normal-statement", (cue,))


def _no_finding(
    labels: dict[str, Label], mentions: Sequence[Mention], normals: Sequence[Normal], sections: frozenset[SectionKind],
    policy: Policy,
) -> Label | None:
    counted = [one for one in mentions if one.context is Context.ASSERTED and one.section in sections]
    spared = [one for one in counted if not {one.finding, one.subfinding} & policy.no_finding_ignores]
    for mention in spared:
        against = mention.abnormal or mention.finding in policy.no_finding_also
        if against and mention.polarity is not Polarity.ABSENT:
            return None
    if any(one.value and one.reason.startswith("closure") for one in labels.values()):
        return None
    said = bool(normals) or any(mention.polarity is Polarity.ABSENT for mention in spared)
    cues = tuple(cue for _, cue in normals)
    return Label(NO_FINDING, 1, (), "no-finding", cues) if said or not policy.no_finding_needs_normal else None
