"""Reports that a person must not see yet: until an unaided answer is locked, its report is part of the answer."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from annotation.models import ReportPolicy
from annotation.selectors.unaided import studies_read_unaided
from core.models import Project, User
from imaging.models import Study
from reports_nlp.models import Report


def withheld_studies(*, user: User, project: Project) -> QuerySet[Study]:
    """Studies that this person may yet read without help, on an open worklist that holds the report back.

    Those who never read cases (researchers) are held nothing back from. A case counts while it has a place open or
    this person holds one; a reserved case also while it waits for its reference worklist.
    """
    shown = Q(worklist__report_policy=ReportPolicy.ALWAYS)
    return studies_read_unaided(user=user, project=project, but=shown)


def readable_reports(*, user: User, project: Project) -> QuerySet[Report]:
    """Newest versions of the project's reports, but for those that are withheld from this person."""
    rows = Report.objects.visible_to(user).filter(project=project, is_latest=True)
    return rows.exclude(study__in=withheld_studies(user=user, project=project))


def is_withheld(*, user: User, report: Report) -> bool:
    """Whether this report must wait until the person's own answer is in."""
    if report.study_id is None:
        return False
    return withheld_studies(user=user, project=report.project).filter(pk=report.study_id).exists()
