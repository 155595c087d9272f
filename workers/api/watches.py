"""What one listener of an event stream follows: a look at the Job table gives what has changed since the last look."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now
from rest_framework.renderers import JSONRenderer

from core.models import Project, User
from workers.api.serializers import JobSerializer
from workers.models import Job
from workers.selectors import UNFINISHED, Steering

JUST_NOW = timedelta(seconds=60)


class Watch(Protocol):
    """`look` gives the changed jobs as JSON and whether there is nothing more to come; `exists` is asked first."""

    def exists(self) -> bool: ...

    def look(self) -> tuple[list[str], bool]: ...


class JobWatch:
    """One job, until it has ended."""

    def __init__(self, user_id: int, pk: UUID) -> None:
        self._user_id, self._pk, self._told = user_id, pk, _Told()

    def exists(self) -> bool:
        return self._find(_still_here(self._user_id)) is not None

    def look(self) -> tuple[list[str], bool]:
        user = _still_here(self._user_id)
        job = self._find(user)
        if user is None or job is None:
            return [], True
        return self._told.news([job], user), job.state not in UNFINISHED

    def _find(self, user: User | None) -> Job | None:
        if user is None:
            return None
        return Job.objects.visible_to(user).filter(pk=self._pk).select_related("project").first()


class ProjectWatch:
    """Every job of a project that is unfinished or has ended within the last minute; never over by itself."""

    def __init__(self, user_id: int, slug: str) -> None:
        self._user_id, self._slug, self._told = user_id, slug, _Told()

    def exists(self) -> bool:
        user = _still_here(self._user_id)
        return user is not None and Project.objects.visible_to(user).filter(slug=self._slug).exists()

    def look(self) -> tuple[list[str], bool]:
        user = _still_here(self._user_id)
        if user is None or not self.exists():
            return [], True
        wanted = Q(state__in=UNFINISHED) | Q(finished_at__gte=Now() - JUST_NOW)
        jobs = Job.objects.visible_to(user).filter(wanted, project__slug=self._slug).select_related("project")
        return self._told.news(jobs.order_by("created_at", "pk"), user), False


class _Told:
    """Jobs as this listener was told of them last."""

    def __init__(self) -> None:
        self._last: dict[UUID, str] = {}

    def news(self, jobs: Iterable[Job], user: User) -> list[str]:
        context = {"steering": Steering.of(user)}
        changed = []
        for job in jobs:
            data = JSONRenderer().render(JobSerializer(job, context=context).data).decode()
            if self._last.get(job.pk) != data:
                self._last[job.pk] = data
                changed.append(data)
        return changed


def _still_here(user_id: int) -> User | None:
    """Asked at every look: a person who was shut out or lost a role is so at once."""
    return User.objects.filter(pk=user_id, is_active=True).first()
