"""Projects: begun by a person, who becomes the manager and answers for the data."""

from __future__ import annotations

from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from core import audit
from core.access import may_create_projects
from core.errors import Conflict, Invalid, NotAllowed
from core.models import Membership, Project, Role, User

RESERVED_SLUGS = frozenset({"new", "all"})


def create_project(*, user: User, name: str, question: str = "", slug: str = "") -> Project:
    """A project of its own address, with `user` as manager.

    Raises Invalid for a missing name or an address of other signs, Conflict when the address is taken, NotAllowed for
    simulated readers.
    """
    if not may_create_projects(user):
        raise NotAllowed("Simulated readers do not begin projects.")
    name = name.strip()
    if not name:
        raise Invalid("A project needs a name.", field="name")
    slug = slugify(slug or name)[:60].strip("-")
    if not slug or slug in RESERVED_SLUGS:
        raise Invalid("The address needs letters or digits, e.g. chest-triage.", field="slug")
    try:
        with transaction.atomic():
            project = Project.objects.create(slug=slug, name=name[:120], question=question.strip(), created_by=user)
            Membership.objects.create(project=project, user=user, role=Role.MANAGER)
            audit.record("project.created", actor=user, project=project, subject=f"project:{project.pk}")
    except IntegrityError:
        message = f"There is a project at the address {slug!r} already. Choose another name."
        raise Conflict(message, field="name") from None
    return project


def edit_project(*, project: Project, user: User, name: str, question: str) -> Project:
    """Change what people read about it; the address stays. Raises Invalid for a missing name."""
    if not name.strip():
        raise Invalid("A project needs a name.", field="name")
    project.name, project.question = name.strip()[:120], question.strip()
    with transaction.atomic():
        project.save(update_fields=["name", "question"])
        audit.record("project.edited", actor=user, project=project, subject=f"project:{project.pk}")
    return project


ARCHIVE_STEPS: list[Callable[[Project], None]] = []
"""What other apps put to rest when a project is archived; each runs inside the same transaction."""


def archive_project(*, project: Project, user: User) -> Project:
    """Put it away: it can be looked at and exported, not worked in. Its unfinished jobs run to their end."""
    return _set_archived(project, user, "project.archived", is_archived=True)


def restore_project(*, project: Project, user: User) -> Project:
    """Take it up again."""
    return _set_archived(project, user, "project.restored", is_archived=False)


def _set_archived(project: Project, user: User, action: str, *, is_archived: bool) -> Project:
    """Twice has the effect of once, also on the log."""
    with transaction.atomic():
        rows = Project.objects.filter(pk=project.pk, archived_at__isnull=is_archived)
        if rows.update(archived_at=timezone.now() if is_archived else None):
            for step in ARCHIVE_STEPS if is_archived else []:
                step(project)
            audit.record(action, actor=user, project=project, subject=f"project:{project.pk}")
    project.refresh_from_db()
    return project
