"""Traits mined from reports, per finding, with sentences to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.models import Finding
from core.models import Project, User
from reports_nlp.models import MinedTrait, Report
from reports_nlp.selectors.labels import active_findings
from reports_nlp.selectors.withheld import readable_reports

AROUND = 60


@dataclass(frozen=True)
class Excerpt:
    """A place where it is said; start and end within the report, `text` with a little around it."""

    report: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class TraitRow:
    kind: str
    term: str
    mentions: int
    reports: int
    is_kept: bool
    """Among the finding's own traits."""
    examples: list[Excerpt]


@dataclass(frozen=True)
class FindingTraits:
    id: int
    code: str
    name: str
    kept: list[str]
    traits: list[TraitRow]


def traits_of(*, project: Project, user: User) -> list[FindingTraits]:
    """Most frequent first. Examples are left out where this person may not see the report (yet)."""
    return _traits(active_findings(project), project, user)


def described(*, finding: Finding, user: User) -> FindingTraits:
    """The same of one finding."""
    return _traits([finding], finding.project, user)[0]


def _traits(findings: Sequence[Finding], project: Project, user: User) -> list[FindingTraits]:
    rows = list(MinedTrait.objects.visible_to(user).filter(finding__in=findings))
    named = {example[0] for row in rows for example in row.examples}
    readable = {r.pk: r for r in readable_reports(user=user, project=project).filter(pk__in=named)}
    return [
        FindingTraits(
            finding.pk, finding.code, finding.name, list(finding.traits),
            [
                TraitRow(
                    row.kind, row.term, row.mentions, row.reports, row.term in finding.traits,
                    [_excerpt(readable[pk], start, end) for pk, start, end in row.examples if pk in readable],
                )
                for row in rows if row.finding_id == finding.pk
            ],
        )
        for finding in findings
    ]


def _excerpt(report: Report, start: int, end: int) -> Excerpt:
    around = report.text[max(0, start - AROUND) : end + AROUND]
    return Excerpt(report.pk, start, end, " ".join(around.split()))
