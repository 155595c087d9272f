"""What follows when reports have been stored: they are read by the extraction, once committed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from core.models import Project
from reports_nlp.models import Report, ReportIntake

GROUP = 2000
"""Reports per job."""


def after_storing(*, project: Project, reports: Sequence[int]) -> None:
    """Of the reports that a message brought, or brought again, those that nobody has read wait to be read."""
    _read(project, list(_unread().filter(pk__in=reports).values_list("pk", flat=True)))


def after_import(*, intake: ReportIntake) -> None:
    """The same for all records of an import: also those that an earlier attempt stored before it was cut off."""
    brought = intake.verdicts.filter(report__isnull=False).values("report")
    _read(intake.project, list(_unread().filter(pk__in=brought).order_by("pk").values_list("pk", flat=True)))


def _unread() -> QuerySet[Report]:
    return Report.objects.filter(is_latest=True, extractions__isnull=True)


def _read(project: Project, reports: Sequence[int]) -> None:
    from reports_nlp.services.extraction import enqueue_extraction

    for start in range(0, len(reports), GROUP):
        group = Report.objects.filter(pk__in=reports[start : start + GROUP], is_latest=True)
        transaction.on_commit(partial(enqueue_extraction, project=project, reports=group.only("pk")), robust=True)
