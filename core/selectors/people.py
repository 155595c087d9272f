"""Finding people to invite."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from core.access import projects_where
from core.errors import NotAllowed
from core.models import User

AT_MOST = 20


def people_named(text: str, *, asked_by: User) -> QuerySet[User]:
    """People whose username or name holds `text`; simulated readers and closed accounts aside.

    Raises NotAllowed for people who manage nothing: they have nobody to invite.
    """
    if not projects_where(asked_by, "manage") and not asked_by.is_superuser:
        raise NotAllowed("Only managers of a project and site admins search for people.")
    text = text.strip()
    named = Q(username__icontains=text) | Q(first_name__icontains=text) | Q(last_name__icontains=text)
    return User.objects.filter(named, is_active=True, is_simulated=False).order_by("username")[:AT_MOST]
