"""Who may do what: the table, and what a refusal tells whom."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from core.access import ACTS, may, projects_where, require, role_of
from core.errors import NotAllowed, NotFound
from core.models import AuditEvent, Membership, Project, Role
from tests.factories import Team, make_project, make_team

pytestmark = pytest.mark.django_db

TABLE = {
    "read": "annotator reviewer researcher manager",
    "annotate": "annotator reviewer manager",
    "review": "reviewer manager",
    "train": "researcher manager",
    "export": "researcher manager",
    "steer": "researcher manager",
    "import": "manager",
    "manage": "manager",
}


@pytest.fixture
def team() -> Team:
    return make_team()


def test_the_table_names_every_act() -> None:
    assert set(TABLE) == set(ACTS)


@pytest.mark.parametrize("act", TABLE)
@pytest.mark.parametrize("role", Role.values)
def test_a_role_may_do_what_the_table_says_and_nothing_else(team: Team, role: str, act: str) -> None:
    person, allowed = team.person(role), role in TABLE[act].split()
    assert may(person, act, team.project) is allowed
    assert projects_where(person, act) == ([team.project.pk] if allowed else [])
    if allowed:
        require(person, act, team.project)
    else:
        with pytest.raises(NotAllowed, match="A manager of"):
            require(person, act, team.project)


def test_a_stranger_is_not_told_that_the_project_exists(team: Team) -> None:
    for act in ACTS:
        with pytest.raises(NotFound):
            require(team.stranger, act, team.project)


def test_a_manager_of_one_project_is_a_stranger_in_another(team: Team) -> None:
    other = make_project()
    with pytest.raises(NotFound):
        require(team.manager, "read", other)
    assert role_of(team.manager, other) is None


def test_a_site_admin_may_do_everything_without_being_a_member(team: Team) -> None:
    assert all(may(team.admin, act, team.project) for act in ACTS)
    assert team.project.pk in projects_where(team.admin, "manage")


def test_rows_are_seen_by_members_and_admins_only(team: Team) -> None:
    make_project()
    assert list(Project.objects.visible_to(team.annotator)) == [team.project]
    assert not Project.objects.visible_to(team.stranger).exists()
    assert not Project.objects.visible_to(AnonymousUser()).exists()
    assert Project.objects.visible_to(team.admin).count() == 2
    assert Membership.objects.visible_to(team.annotator).count() == 4
    assert not Membership.objects.visible_to(team.stranger).exists()


@pytest.mark.parametrize(("who", "sees"), [("manager", 1), ("admin", 2), ("reviewer", 0), ("stranger", 0)])
def test_the_log_is_seen_by_managers_of_the_project_and_by_admins(team: Team, who: str, sees: int) -> None:
    from core import audit

    audit.record("a", project=team.project)
    audit.record("b", project=make_project())
    assert AuditEvent.objects.visible_to(team.person(who)).count() == sees
