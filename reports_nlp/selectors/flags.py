"""Verdicts that what they were about has moved away from: told by comparison with what is there now, never stored."""

from __future__ import annotations

from collections.abc import Iterable

from core.models import Project
from reports_nlp.models import Extraction, Report, ReportVerdict
from reports_nlp.selectors.labels import STATE_OF, values_of_many
from reports_nlp.services.rules_versions import rules_in_force

NEW_TEXT, NEW_LABEL, NOT_EXTRACTED = "new-text", "label-changed", "not-extracted"


def flags_of(*, verdicts: Iterable[ReportVerdict], project: Project) -> dict[int, list[str]]:
    """Verdict → what has changed since, for those where something has.

    new-text       the report has a newer version than the one that was judged
    label-changed  the rules in force say something else than what was shown, and than what the reader said
    not-extracted  nothing has looked at the text since
    """
    rows = list(verdicts)
    reports = {row.report_id for row in rows}
    latest = dict(Report.objects.filter(pk__in=reports).values_list("pk", "is_latest"))
    current = dict(
        Extraction.objects.filter(report__in=reports, is_current=True).values_list("report_id", "pk")
    )
    finding_map = rules_in_force(project=project).finding_map
    values = values_of_many(extractions=list(current.values()), finding_map=finding_map)
    found = {}
    for row in rows:
        code = (row.finding.merged_into or row.finding).code
        now = STATE_OF[values.get((current.get(row.report_id, 0), code))]
        flags = _flags(row, is_latest=latest.get(row.report_id, False), extracted=row.report_id in current, now=now)
        if flags:
            found[row.pk] = flags
    return found


def _flags(verdict: ReportVerdict, *, is_latest: bool, extracted: bool, now: str) -> list[str]:
    flags = [] if is_latest else [NEW_TEXT]
    if not extracted:
        return [*flags, NOT_EXTRACTED]
    return [*flags, NEW_LABEL] if now not in (verdict.shown.get("state"), verdict.state) else flags


def flagged_verdicts(*, project: Project) -> dict[int, list[str]]:
    """All of the project's current verdicts that are flagged. A verdict on a later version settles an older one's."""
    rows = ReportVerdict.objects.filter(report__project=project, is_current=True).select_related(
        "finding__merged_into", "report"
    )
    newest: dict[tuple[str, int, int], ReportVerdict] = {}
    for row in rows.order_by("report__version", "pk"):
        newest[(row.report.key, row.finding_id, row.reader_id)] = row
    return flags_of(verdicts=newest.values(), project=project)
