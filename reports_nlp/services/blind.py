"""Verdicts given before anything was suggested, on reports drawn at random: accuracy without the pull of a suggestion.

A report is blind for a reader who has opened neither it nor its study by any path (the audit log knows); answers cover
the whole form at once, and only then is shown what the report is taken to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from django.db import IntegrityError, transaction

from annotation.models import Finding
from core import audit
from core.errors import Conflict, Invalid
from core.models import AuditEvent, Project, User
from imaging.models import Split
from reports_nlp.learning.types import STATES
from reports_nlp.models import Report, ReportVerdict
from reports_nlp.selectors.labels import active_findings
from reports_nlp.selectors.withheld import is_withheld, readable_reports
from reports_nlp.services.verdicts import blind_verdict

RESERVED = (Split.CALIBRATION, Split.GATE, Split.TEST)
READ = "report.read_blind"


def next_blind_report(*, project: Project, reader: User) -> Report | None:
    """The reader's next report to answer blind, the same until it is answered; None when there is none.

    The order is random and the reader's own, so neither rules, models nor colleagues choose what is measured.
    """
    studies, reports = _seen(project, reader)
    for key, uid in _in_random_order(project, reader):
        if key in reports or uid in studies:
            continue
        report = Report.objects.select_related("project", "study__patient").get(pk=key)
        audit.record(READ, actor=reader, project=project, subject=f"report:{key}")
        return report
    return None


def answer_blind(*, report: Report, reader: User, digest: str, answers: Mapping[str, str]) -> list[ReportVerdict]:
    """Keep the reader's answer to every finding of the form (code -> state).

    Raises Invalid for a form that is not complete, Conflict when the text is another one by now, the case may yet be
    read unaided, or the reader has opened the report or its study, or has answered before.
    """
    if is_withheld(user=reader, report=report):
        raise Conflict("You may yet read this case unaided; its report waits until your answer is in.")
    findings = {finding.code: finding for finding in active_findings(report.project)}
    _check_form(findings, answers)
    studies, reports = _seen(report.project, reader)
    is_open = report.pk in reports or (report.study is not None and report.study.uid in studies)
    if is_open or ReportVerdict.objects.filter(report=report, reader=reader).exists():
        raise Conflict("You have seen what this report is taken to say, or have answered it; it is not blind any more.")
    if not report.is_latest or report.digest != digest:
        raise Conflict("The text has a new version. Read the report as it stands now.", digest=report.digest)
    try:
        with transaction.atomic():
            given = [
                blind_verdict(report=report, finding=findings[code], reader=reader, state=state)
                for code, state in answers.items()
            ]
            audit.record(
                "report.judged", actor=reader, project=report.project, subject=f"report:{report.pk}", act="blind"
            )
    except IntegrityError:
        raise Conflict("You have answered this report in another tab.") from None
    return given


def _check_form(findings: Mapping[str, Finding], answers: Mapping[str, str]) -> None:
    missing = [finding.name for code, finding in findings.items() if code not in answers]
    unknown = [code for code in answers if code not in findings]
    wrong = [state for state in answers.values() if state not in STATES]
    if missing:
        raise Invalid(f"Answer every finding; missing: {', '.join(missing[:5])}.", field="answers")
    if unknown:
        raise Invalid(f"{unknown[0]!r} is not on the form. Reload the page.", field="answers")
    if wrong:
        raise Invalid(f"{wrong[0]!r} is no answer; known: {', '.join(STATES)}.", field="answers")


def _in_random_order(project: Project, reader: User) -> Iterator[tuple[int, str]]:
    """(report, its study's UID) of extracted reports of the pool that nobody holds back, without own verdicts."""
    judged = ReportVerdict.objects.filter(reader=reader, report__project=project).values("report__key")
    rows = readable_reports(user=reader, project=project).exclude(key__in=judged)
    rows = rows.filter(extractions__is_current=True, study__patient__withdrawn_at=None)
    keys = rows.exclude(study__patient__split__in=RESERVED).exclude(study=None).values_list("pk", "study__uid")
    return iter(sorted(keys, key=lambda row: hashlib.sha256(f"{reader.pk}:{row[0]}".encode()).digest()))


def _seen(project: Project, reader: User) -> tuple[set[str], set[int]]:
    """UIDs of studies and keys of reports that the reader has opened."""
    events = AuditEvent.objects.filter(actor=reader, action__in=("study.opened", "report.opened"))
    subjects = set(events.values_list("subject", flat=True))
    studies = {subject.removeprefix("study:") for subject in subjects if subject.startswith("study:")}
    reports = {int(subject.removeprefix("report:")) for subject in subjects if subject.startswith("report:")}
    return studies, reports
