"""Who belongs to a project, and in which role."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from core import audit
from core.errors import Conflict, Invalid
from core.models import Membership, Project, Role, User


def add_member(*, project: Project, user: User, username: str, role: str) -> Membership:
    """Take a person with an account into the project.

    Raises Invalid for an unknown username or role, Conflict for somebody who is a member already.
    """
    _check_role(role)
    person = User.objects.filter(username=username.strip(), is_active=True, is_simulated=False).first()
    if person is None:
        raise Invalid(f"Nobody here is called {username.strip()!r}. Site admins make accounts.", field="username")
    try:
        with transaction.atomic():
            membership = Membership.objects.create(project=project, user=person, role=role)
            _record("member.added", user, membership)
    except IntegrityError:
        message = f"{person.username} is a member already. Change the role in the list."
        raise Conflict(message, field="username") from None
    return membership


def change_role(*, membership: Membership, user: User, role: str) -> Membership:
    """Raises Invalid for an unknown role, Conflict when the project would be left without a manager."""
    _check_role(role)
    with transaction.atomic():
        if role != Role.MANAGER:
            _keep_a_manager(membership)
        membership.role = role
        membership.save(update_fields=["role"])
        _record("member.role", user, membership)
    return membership


def remove_member(*, membership: Membership, user: User) -> None:
    """Their readings stay in the ledger. Raises Conflict when the project would be left without a manager."""
    with transaction.atomic():
        _keep_a_manager(membership)
        _record("member.removed", user, membership)
        membership.delete()


def _check_role(role: str) -> None:
    if role not in Role.values:
        raise Invalid(f"{role!r} is no role; known: {', '.join(Role.values)}.", field="role")


def _keep_a_manager(membership: Membership) -> None:
    """The project's row is locked, so that two managers can't remove each other at the same moment."""
    Project.objects.select_for_update().get(pk=membership.project_id)
    others = Membership.objects.filter(project=membership.project_id, role=Role.MANAGER).exclude(pk=membership.pk)
    if membership.role == Role.MANAGER and not others.exists():
        raise Conflict("A project needs a manager. Make somebody else manager first.")


def _record(action: str, user: User, membership: Membership) -> None:
    audit.record(
        action, actor=user, project=membership.project, subject=f"user:{membership.user_id}", role=membership.role
    )
