"""Readers' verdicts on reports as lines of the ledger: written, following their report to its study, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from django.db.models import QuerySet

from annotation.models import CurrentObservation, Finding, ObservationState, Source
from annotation.services.ledger import Line, get_source, open_batch, record_observations
from core.models import Project, User
from imaging.models import Split, Study
from reports_nlp.models import Extraction, ReportVerdict
from reports_nlp.selectors.labels import STATE_OF, VALUE_OF, FindingLabel, finding_labels, strongest
from reports_nlp.services.attributes import grade_of, laterality_of
from reports_nlp.services.rules_versions import rules_in_force

RESERVED = (Split.GATE, Split.CALIBRATION, Split.TEST)


def report_source(*, project: Project, reader: User) -> Source:
    """The reader as one who reads reports: apart from the same person's word on images, and marked if simulated."""
    return get_source(project=project, kind="report", name=f"{reader.username}/report", user=reader)


def follow_match(*, reports: Sequence[int]) -> int:
    """Reports have found their study: what readers said of them while they waited enters its ledger."""
    given = ReportVerdict.objects.filter(report__in=reports, report__is_latest=True, is_current=True)
    verdicts = list(given.select_related("report__study__patient", "report__project", "finding", "reader"))
    extractions = {
        one.report_id: one for one in Extraction.objects.filter(report__in=reports, is_current=True)
    } if verdicts else {}
    for verdict in verdicts:
        extraction = extractions.get(verdict.report_id)
        if extraction is not None:
            finding_map = rules_in_force(project=verdict.report.project).finding_map
            labels = finding_labels(extraction=extraction, findings=[verdict.finding], finding_map=finding_map)
            write_line(verdict, labels[0], f"verdict:{verdict.pk}:{verdict.report.study_id}:{uuid4().hex[:8]}")
    return len(verdicts)


def retract_verdict_lines(*, verdicts: Sequence[ReportVerdict], study: Study, user: User) -> int:
    """Lines about a study that these verdicts do not bear out any more: their reports are not its reports.

    What the same reader said of another report of the study stands. Returns how many lines were written.
    """
    written = 0
    for reader, finding in {(one.reader, one.finding): None for one in verdicts}:
        project = finding.project
        source = report_source(project=project, reader=reader)
        standing = CurrentObservation.objects.filter(source=source, finding=finding, study=study, subject="study")
        before = standing.select_related("observation").first()
        state = _state_of(_of_study(study, project, finding, reader))
        if before is None or before.observation.state == state:
            continue
        withdrawn = ObservationState.WITHDRAWN if state == "not_mentioned" else state
        batch = open_batch(
            project=project, source=source, act="report", key=f"unmatched:{before.observation_id}", user=user,
            note="a report was taken from the study",
        )
        record_observations(batch=batch, lines=[Line(finding, study, withdrawn, shown={"act": "unmatched"})])
        written += 1
    return written


def _of_study(study: Study, project: Project, finding: Finding, reader: User) -> QuerySet[ReportVerdict]:
    """What the reader has said of the finding in the study's reports."""
    return ReportVerdict.objects.filter(
        report__study=study, report__project=project, report__is_latest=True, finding=finding, reader=reader,
        is_current=True,
    )


def _state_of(verdicts: QuerySet[ReportVerdict]) -> str:
    return STATE_OF[strongest(VALUE_OF[one] for one in verdicts.values_list("state", flat=True))]


def write_line(verdict: ReportVerdict, label: FindingLabel, key: str = "") -> None:
    """The reader's word in the ledger. Reserved sets hold none: they are read from the image alone."""
    report = verdict.report
    if report.study is None or report.study.patient.split in RESERVED or report.study.patient.withdrawn_at is not None:
        return
    source = report_source(project=report.project, reader=verdict.reader)
    line = _line(verdict, label, source)
    if line is None:
        return
    batch = open_batch(
        project=report.project, source=source, act="report", key=key or f"verdict:{verdict.pk}", user=verdict.reader,
        note=f"{verdict.act} on report {report.pk}",
    )
    written = record_observations(batch=batch, lines=[line])
    ReportVerdict.objects.filter(pk=verdict.pk).update(observation=written[0])
    verdict.observation = written[0]


def _line(verdict: ReportVerdict, label: FindingLabel, source: Source) -> Line | None:
    """One line for all that the reader has said about the study's reports; None when there is nothing to say."""
    study, finding = verdict.report.study, verdict.finding
    assert study is not None
    state = _state_of(_of_study(study, verdict.report.project, finding, verdict.reader))
    shown = {"act": verdict.act, "verdict": verdict.pk, "suggestion": verdict.shown}
    if state == "not_mentioned":
        before = CurrentObservation.objects.filter(source=source, finding=finding, study=study, subject="study")
        return Line(finding, study, ObservationState.WITHDRAWN, shown=shown) if before.exists() else None
    is_as_shown = verdict.act == "accepted" and state == "present" == verdict.state
    mentions = label.mentions if is_as_shown else ()
    return Line(
        finding, study, state, grade=grade_of(finding=finding, mentions=mentions),
        laterality=laterality_of(finding=finding, mentions=mentions), shown=shown,
    )
