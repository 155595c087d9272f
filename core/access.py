"""Roles and what each may do. Access to rows is each model's `visible_to(user)`; this is about acts."""

from __future__ import annotations

from core.errors import Conflict, NotAllowed, NotFound
from core.models import Membership, Project, Role, User

ACTS: dict[str, frozenset[str]] = {
    "read": frozenset({Role.ANNOTATOR, Role.REVIEWER, Role.RESEARCHER, Role.MANAGER}),
    "annotate": frozenset({Role.ANNOTATOR, Role.REVIEWER, Role.MANAGER}),
    "review": frozenset({Role.REVIEWER, Role.MANAGER}),
    "train": frozenset({Role.RESEARCHER, Role.MANAGER}),
    "export": frozenset({Role.RESEARCHER, Role.MANAGER}),
    "steer": frozenset({Role.RESEARCHER, Role.MANAGER}),
    "import": frozenset({Role.MANAGER}),
    "manage": frozenset({Role.MANAGER}),
}
"""What a role may do in its project; `steer` is to cancel other people's jobs and try them again.

Site admins may do everything except read as somebody else."""


IN_ARCHIVE = frozenset({"read", "export", "manage"})
"""What remains possible in an archived project; `manage` includes taking it up again."""


def role_of(user: User, project: Project) -> str | None:
    """The person's role in the project; None when they are not a member."""
    return Membership.objects.filter(user=user, project=project).values_list("role", flat=True).first()


def may(user: User, act: str, project: Project) -> bool:
    """Whether the person may do this act in this project."""
    if user.is_superuser:
        return True
    return role_of(user, project) in ACTS[act]


def require(user: User, act: str, project: Project) -> None:
    """Raise NotFound for strangers (the project's existence is not theirs to know), NotAllowed for members.

    Raises Conflict for work in an archived project.
    """
    if may(user, act, project):
        if project.archived_at is not None and act not in IN_ARCHIVE:
            raise Conflict(f"{project.name} is archived. A manager can restore it.")
        return
    if role_of(user, project) is None:
        raise NotFound("There is no such project, or you are not a member of it.")
    raise NotAllowed(f"Your role does not include '{act}'. A manager of {project.name} can change it.", act=act)


def require_site_admin(user: User) -> User:
    """The person. Raises NotAllowed for everybody else."""
    if not user.is_superuser:
        raise NotAllowed("Only site admins may do this.")
    return user


def may_create_projects(user: User) -> bool:
    """Everybody with an account may begin a project: they become its manager and answer for its data."""
    return user.is_active and not user.is_simulated


def projects_where(user: User, act: str) -> list[int]:
    """Primary keys of the projects in which the person may do this act."""
    if user.is_superuser:
        return list(Project.objects.values_list("pk", flat=True))
    return list(
        Membership.objects.filter(user=user, role__in=ACTS[act]).values_list("project_id", flat=True)
    )
