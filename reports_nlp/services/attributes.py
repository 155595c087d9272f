"""What a finding's kind has room for, out of its mentions: a side, a grade."""

from __future__ import annotations

from collections.abc import Iterable

from annotation.models import Finding, FindingKind
from reports_nlp.models import Mention

SEVERITIES = {
    "trace": ("trace", "tiny", "minimal"),
    "mild": ("mild", "small", "minor", "slight"),
    "moderate": ("moderate", "medium"),
    "severe": ("severe", "large", "marked", "extensive", "massive"),
}
"""A severity of the rules and what projects call such a grade."""


def laterality_of(*, finding: Finding, mentions: Iterable[Mention]) -> str:
    """left, right or both; empty where the finding has no side or the report names none."""
    if not finding.has_laterality:
        return ""
    sides = {str(mention.attributes.get("laterality", "")) for mention in mentions} - {""}
    if len(sides) > 1:
        return "both"
    return sides.pop() if sides else ""


def grade_of(*, finding: Finding, mentions: Iterable[Mention]) -> int | None:
    """Index into the finding's grades of the worst severity named; None without one, or without grades."""
    if finding.kind != FindingKind.ORDINAL:
        return None
    order = list(SEVERITIES)
    named = [str(mention.attributes.get("severity", "")) for mention in mentions]
    known = sorted((order.index(one) for one in named if one in order), reverse=True)
    return _grade(finding.grades, order[known[0]]) if known else None


def _grade(grades: list[str], severity: str) -> int | None:
    words = SEVERITIES[severity]
    for place, name in enumerate(grades):
        if any(word in name.lower().split() for word in words):
            return place
    if severity == "trace" and grades:
        return 0
    return None
