"""The project list: what each holds and what the person is in it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from annotation.models import ReadingVersion
from core.models import Membership, Project, Role, User
from imaging.models import ProjectStudy
from workers.models import Job, JobState


@dataclass(frozen=True)
class ProjectLine:
    """One project in the list."""

    project: Project
    role: str
    studies: int
    readings: int
    running: int


def project_lines(user: User) -> list[ProjectLine]:
    """The person's projects (all of them for a site admin), archived ones left out."""
    projects = list(Project.objects.visible_to(user).filter(archived_at=None))
    roles = dict(Membership.objects.filter(user=user).values_list("project_id", "role"))
    studies = _counts(ProjectStudy.objects.filter(study__patient__withdrawn_at=None).values_list("project_id"))
    readings = _counts(ReadingVersion.objects.filter(number=1).values_list("reading__project_id"))
    running = _counts(
        Job.objects.filter(Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING), parent=None).values_list("project_id")
    )
    return [
        ProjectLine(
            project, Role(roles[project.pk]).label if project.pk in roles else "Site admin",
            studies.get(project.pk, 0), readings.get(project.pk, 0), running.get(project.pk, 0),
        )
        for project in projects
    ]


def archived_projects(user: User) -> list[Project]:
    """The person's projects that were put away."""
    return list(Project.objects.visible_to(user).filter(archived_at__isnull=False))


def _counts(rows: object) -> dict[int, int]:
    """Grouped by the one column that the rows have."""
    return dict(rows.annotate(n=Count("pk")).order_by())  # type: ignore[attr-defined]
