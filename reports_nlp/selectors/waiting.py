"""What waits for its study, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import QuerySet

from core.models import Project, User
from imaging.models import Study
from reports_nlp.models import CodedRecord, Report
from reports_nlp.services.matching import find_studies, keyed_of

MAX_CANDIDATES = 20


def waiting_reports(*, project: Project, user: User) -> QuerySet[Report]:
    """Newest versions without a study, oldest first."""
    rows = Report.objects.visible_to(user)
    return rows.filter(project=project, study=None, is_latest=True).order_by("pk")


def waiting_records(*, project: Project) -> QuerySet[CodedRecord]:
    """Coded records without a study, oldest first; for who may import."""
    return CodedRecord.objects.filter(project=project, study=None).order_by("pk")


def reasons_of(*, project: Project, reports: Sequence[Report]) -> dict[int, str]:
    """Why each report has found no study."""
    found = find_studies(project=project, keyed=[keyed_of(report) for report in reports])
    return {report.pk: reason for report, (_, reason) in zip(reports, found, strict=True)}


def candidates_of(*, project: Project, reports: Sequence[Report], user: User) -> dict[str, list[str]]:
    """Pseudonym → UIDs of the patient's studies in the project, a few."""
    pseudonyms = {report.pseudonym for report in reports} - {""}
    studies = Study.objects.visible_to(user).filter(projects=project, patient__pseudonym__in=pseudonyms)
    known: dict[str, list[str]] = defaultdict(list)
    for pseudonym, uid in studies.order_by("pk").values_list("patient__pseudonym", "uid"):
        if len(known[pseudonym]) < MAX_CANDIDATES:
            known[pseudonym].append(uid)
    return known
