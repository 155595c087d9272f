"""A project's reports as a list: filtered by what they say, by what is left to do, by what has changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.errors import Invalid
from core.models import Project, User
from reports_nlp.models import Extraction, Report, ReportLabel, ReportVerdict
from reports_nlp.selectors.flags import flagged_verdicts
from reports_nlp.selectors.labels import VALUE_OF, values_of_many
from reports_nlp.selectors.withheld import readable_reports, withheld_studies
from reports_nlp.services.rules_versions import rules_in_force

SHOWS = ("all", "to_review", "flagged", "unmatched", "not_extracted", "judged")


@dataclass(frozen=True)
class ReportFilter:
    """show    one of SHOWS
    finding    code of a project's finding, or a name of the lexicon
    state      what the report says of it: present, absent, equivocal, not_mentioned
    study      uid
    """

    show: str = "all"
    finding: str = ""
    state: str = ""
    study: str = ""


@dataclass
class ReportRow:
    """A line of the list. Codes of the project's findings."""

    report: Report
    is_extracted: bool
    present: list[str] = field(default_factory=list)
    equivocal: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    verdicts: int = 0
    flags: list[str] = field(default_factory=list)


def report_list(*, project: Project, user: User, chosen: ReportFilter) -> QuerySet[Report]:
    """Newest versions that this person may see, newest first. Raises Invalid for an unknown filter."""
    rows = readable_reports(user=user, project=project)
    if chosen.study:
        rows = rows.filter(study__uid=chosen.study)
    rows = _shown(rows, project, chosen.show)
    if chosen.finding or chosen.state:
        rows = _saying(rows, project, chosen)
    return rows.select_related("study__patient").order_by("-pk")


def withheld_count(*, project: Project, user: User) -> int:
    """How many reports wait until this person's own answer is in."""
    return Report.objects.visible_to(user).filter(
        project=project, is_latest=True, study__in=withheld_studies(user=user, project=project)
    ).count()


def _shown(rows: QuerySet[Report], project: Project, show: str) -> QuerySet[Report]:
    if show not in SHOWS:
        raise Invalid(f"No such list: {show[:40]!r}; known: {', '.join(SHOWS)}.", field="show")
    judged = Exists(ReportVerdict.objects.filter(report=OuterRef("pk"), is_current=True))
    extracted = Exists(Extraction.objects.filter(report=OuterRef("pk"), is_current=True))
    if show == "unmatched":
        return rows.filter(study=None)
    if show == "not_extracted":
        return rows.filter(~extracted)
    if show == "judged":
        return rows.filter(judged)
    if show == "to_review":
        return rows.filter(extracted, ~judged)
    if show == "flagged":
        keys = ReportVerdict.objects.filter(pk__in=flagged_verdicts(project=project)).values("report__key")
        return rows.filter(key__in=keys)
    return rows


def _saying(rows: QuerySet[Report], project: Project, chosen: ReportFilter) -> QuerySet[Report]:
    state = chosen.state or "present"
    if state not in VALUE_OF:
        raise Invalid(f"{state[:40]!r} is no state; known: {', '.join(VALUE_OF)}.", field="state")
    if not chosen.finding:
        raise Invalid("Say of which finding.", field="finding")
    finding_map = rules_in_force(project=project).finding_map
    names = finding_map.get(chosen.finding, (chosen.finding,))

    def says(*values: int) -> Exists:
        return Exists(ReportLabel.objects.filter(
            extraction__report=OuterRef("pk"), extraction__is_current=True, finding__in=names, value__in=values
        ))

    wanted = {
        "present": says(1), "equivocal": says(-1) & ~says(1), "absent": says(0) & ~says(1, -1),
        "not_mentioned": ~says(1, 0, -1),
    }[state]
    return rows.filter(wanted)


def rows_of(*, project: Project, reports: Sequence[Report]) -> list[ReportRow]:
    """What the list shows of these reports, in their order. The number of queries does not grow with them."""
    keys = [report.pk for report in reports]
    extractions = dict(Extraction.objects.filter(report__in=keys, is_current=True).values_list("pk", "report_id"))
    finding_map = rules_in_force(project=project).finding_map
    rows = {report.pk: ReportRow(report, report.pk in extractions.values()) for report in reports}
    for (extraction, code), value in sorted(
        values_of_many(extractions=list(extractions), finding_map=finding_map).items()
    ):
        row = rows[extractions[extraction]]
        {1: row.present, -1: row.equivocal, 0: row.absent}[value].append(code)
    _add_verdicts(project, rows)
    return [rows[key] for key in keys]


def _add_verdicts(project: Project, rows: dict[int, ReportRow]) -> None:
    """Those on earlier versions of the text count with the newest."""
    by_key = {row.report.key: row for row in rows.values()}
    flags = flagged_verdicts(project=project)
    verdicts = ReportVerdict.objects.filter(
        Q(report__in=rows) | Q(pk__in=flags), report__project=project, report__key__in=by_key, is_current=True
    )
    seen: dict[str, set[str]] = defaultdict(set)
    for pk, key, report in verdicts.values_list("pk", "report__key", "report_id"):
        by_key[key].verdicts += report in rows
        seen[key] |= set(flags.get(pk, ()))
    for key, found in seen.items():
        by_key[key].flags = sorted(found)
