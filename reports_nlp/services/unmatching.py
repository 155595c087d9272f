"""A match that a person made is taken back: the report waits again, its word about the study is withdrawn."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from core import audit
from core.errors import Conflict
from core.models import AuditEvent, User
from imaging.models import Study
from reports_nlp.models import Report, ReportLink, ReportVerdict
from reports_nlp.services.matching import MATCHED
from reports_nlp.services.publishing import retract_unsaid
from reports_nlp.services.verdict_lines import retract_verdict_lines

UNMATCHED = "report.unmatched"


@dataclass(frozen=True)
class Unmatched:
    """`lines`: of the ledger that were withdrawn or corrected, published ones and those of readers' verdicts."""

    study: Study
    versions: int
    lines: int


def is_matched_by_hand(report: Report) -> bool:
    """Whether a person said which study it is about; what identifiers matched has no such decision to undo."""
    if report.study_id is None:
        return False
    versions = Report.objects.filter(project=report.project_id, key=report.key).values_list("pk", flat=True)
    acts = AuditEvent.objects.filter(
        project=report.project_id, action__in=[MATCHED, UNMATCHED], subject__in=[f"report:{pk}" for pk in versions]
    )
    return acts.order_by("-sequence").values_list("action", flat=True).first() == MATCHED


def unmatch(*, report: Report, user: User) -> Unmatched:
    """Report and versions wait for a study again; nothing is deleted: lines about the study are withdrawn.

    Readers' verdicts on the text stay with the report, and follow it to the next study. Their links to marks stay with
    the readings they belong to. Raises Conflict for a report that has no study, or found it by its identifiers.
    """
    with transaction.atomic():
        versions = list(
            Report.objects.select_for_update(no_key=True).filter(project=report.project_id, key=report.key)
        )
        report = next(one for one in versions if one.pk == report.pk)
        if report.study is None or not is_matched_by_hand(report):
            raise Conflict("No person matched this report with a study, so there is no decision to take back.")
        study, numbers = report.study, [one.pk for one in versions]
        moved = Report.objects.filter(pk__in=numbers, study=study).update(study=None)
        ReportLink.objects.filter(report__in=numbers, created_by=None).update(instance=None, frame=0)
        verdicts = ReportVerdict.objects.filter(report__in=numbers, is_current=True)
        lines = retract_verdict_lines(
            verdicts=list(verdicts.select_related("reader", "finding__project")), study=study, user=user
        )
        lines += retract_unsaid(project=report.project, study=study, user=user).lines
        audit.record(
            UNMATCHED, actor=user, project=report.project, subject=f"report:{report.pk}", study=study.uid,
            lines=lines,
        )
    return Unmatched(study, moved, lines)
