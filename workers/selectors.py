"""Questions about jobs that pages and the API ask."""

from __future__ import annotations

from dataclasses import dataclass

from core.access import projects_where, require
from core.errors import NotAllowed
from core.models import User
from workers.models import Job, JobState

UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True)
class Steering:
    """Which jobs one person may cancel and try again; asked of the database once for a whole list."""

    user_id: int
    is_admin: bool
    projects: frozenset[int]

    @classmethod
    def of(cls, user: User) -> Steering:
        return cls(user.pk, user.is_superuser, frozenset(projects_where(user, "steer")))

    def includes(self, job: Job) -> bool:
        return self.is_admin or job.created_by_id == self.user_id or job.project_id in self.projects


def require_steering(user: User, job: Job) -> None:
    """Raises NotAllowed unless the person started this visible job or their role steers the project's jobs."""
    if Steering.of(user).includes(job):
        return
    if job.project is None:
        raise NotAllowed("Only who started this job may cancel it or try it again.")
    require(user, "steer", job.project)
