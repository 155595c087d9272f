"""What commands are told by name, looked up."""

from __future__ import annotations

from django.core.management.base import CommandError

from core.models import Project, User


def project_named(slug: str) -> Project:
    """Raises CommandError naming the projects there are."""
    found = Project.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Project.objects.values_list("slug", flat=True)) or "none"
        raise CommandError(f"No project {slug!r}; known: {known}.")
    return found


def user_named(name: str | None) -> User | None:
    """None is nobody. Raises CommandError for an unknown name."""
    if name is None:
        return None
    found = User.objects.filter(username=name).first()
    if found is None:
        raise CommandError(f"No user {name!r}.")
    return found
