"""Who am I, projects and members over REST."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from core.models import AuditEvent, Membership, Project, Role
from tests.factories import Team, add_member, make_project, make_team, make_user, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def members_url(team: Team, membership: Membership | None = None) -> str:
    return f"/api/projects/{team.project.slug}/members/" + (f"{membership.pk}/" if membership else "")


def membership_of(team: Team, role: str) -> Membership:
    return Membership.objects.get(project=team.project, user=team.person(role))


def actions(team: Team) -> list[str]:
    return list(AuditEvent.objects.filter(project=team.project).values_list("action", flat=True))


def test_a_person_learns_their_projects_and_what_they_may_do(team: Team) -> None:
    make_project()
    body = signed_in(team.researcher).get("/api/me/").json()
    assert (body["username"], body["is_site_admin"], body["may_create_projects"]) == (
        team.researcher.username, False, True)
    (project,) = body["projects"]
    assert (project["role"], project["may"]) == ("researcher", ["read", "train", "export", "steer"])
    assert "Research use only" in body["statement"]


def test_a_site_admin_sees_every_project_and_may_do_all(team: Team) -> None:
    other = make_project()
    body = signed_in(team.admin).get("/api/projects/").json()
    assert {p["slug"] for p in body["results"]} == {team.project.slug, other.slug}
    assert all("manage" in p["may"] and p["role"] is None for p in body["results"])


def test_whoever_begins_a_project_manages_it_and_the_log_knows() -> None:
    person = make_user()
    answer = signed_in(person).post("/api/projects/", {"name": "Chest triage", "question": "Which first?"})
    assert answer.status_code == 201
    assert (answer.json()["slug"], answer.json()["role"]) == ("chest-triage", "manager")
    event = AuditEvent.objects.get(action="project.created")
    assert (event.actor, event.project) == (person, Project.objects.get(slug="chest-triage"))


@pytest.mark.parametrize(("body", "status", "code"), [
    ({}, 400, "invalid"), ({"name": "  "}, 400, "invalid"), ({"name": "!!!"}, 400, "invalid"),
    ({"name": "New"}, 400, "invalid"), ({"name": "Taken"}, 409, "conflict"),
])
def test_a_project_that_cannot_be_begun_leaves_nothing_behind(body: dict[str, str], status: int, code: str) -> None:
    make_project(slug="taken")
    answer = signed_in(make_user()).post("/api/projects/", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Membership.objects.exists()


def test_a_simulated_reader_begins_no_project() -> None:
    answer = signed_in(make_user(is_simulated=True)).post("/api/projects/", {"name": "Mine"})
    assert answer.status_code == 403


def test_only_a_manager_changes_what_a_project_says(team: Team) -> None:
    url = f"/api/projects/{team.project.slug}/"
    assert signed_in(team.researcher).patch(url, {"question": "?"}).status_code == 403
    body = signed_in(team.manager).patch(url, {"question": "How few?"}).json()
    assert (body["question"], body["name"]) == ("How few?", team.project.name)


def test_an_archived_project_is_looked_at_but_not_worked_in(team: Team) -> None:
    url, client = f"/api/projects/{team.project.slug}/", signed_in(team.manager)
    archived = client.post(f"{url}archive/").json()
    assert archived["archived_at"] is not None
    assert archived["may"] == ["read", "export", "manage"]
    assert client.post(f"{url}archive/").status_code == 200
    assert client.get("/api/projects/").json()["results"] == []
    assert len(client.get("/api/projects/?archived=true").json()["results"]) == 1
    refused = client.post(f"{url}runs/", {"preset": "quick"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert client.get(url).status_code == 200
    assert client.post(f"{url}restore/").json()["archived_at"] is None
    assert actions(team) == ["project.archived", "project.restored"], "twice is once on the log"


def test_members_are_listed_without_addresses(team: Team) -> None:
    rows = signed_in(team.annotator).get(members_url(team)).json()
    assert [row["role"] for row in rows] == ["annotator", "manager", "researcher", "reviewer"]
    assert set(rows[0]) == {"id", "username", "name", "is_simulated", "role", "created_at"}


def test_inviting_changing_and_removing_are_on_the_log(team: Team) -> None:
    client, newcomer = signed_in(team.manager), make_user("newcomer")
    made = client.post(members_url(team), {"username": "newcomer", "role": "annotator"})
    assert made.status_code == 201
    url = f"{members_url(team)}{made.json()['id']}/"
    assert client.patch(url, {"role": "reviewer"}).json()["role"] == "reviewer"
    assert client.delete(url).status_code == 204
    assert actions(team) == ["member.added", "member.role", "member.removed"]
    assert not Membership.objects.filter(user=newcomer).exists()


@pytest.mark.parametrize(("body", "status"), [
    ({"username": "nobody", "role": "annotator"}, 400), ({"username": "robot", "role": "annotator"}, 400),
    ({"username": "closed", "role": "annotator"}, 400), ({"username": "newcomer", "role": "boss"}, 400),
    ({"username": "member", "role": "annotator"}, 409), ({}, 400),
])
def test_who_cannot_be_invited_is_refused(team: Team, body: dict[str, str], status: int) -> None:
    make_user("robot", is_simulated=True)
    make_user("closed", is_active=False)
    make_user("newcomer")
    add_member(team.project, Role.ANNOTATOR, make_user("member"))
    assert signed_in(team.manager).post(members_url(team), body).status_code == status


def test_the_last_manager_is_neither_removed_nor_demoted(team: Team) -> None:
    client, url = signed_in(team.manager), members_url(team, membership_of(team, "manager"))
    assert client.delete(url).status_code == 409
    assert client.patch(url, {"role": "annotator"}).status_code == 409
    add_member(team.project, Role.MANAGER)
    assert client.patch(url, {"role": "annotator"}).status_code == 200


def test_a_manager_of_another_project_reaches_no_member_of_this_one(team: Team) -> None:
    other, member = make_team(), membership_of(team, "annotator")
    client = signed_in(other.manager)
    assert client.patch(members_url(team, member), {"role": "manager"}).status_code == 404
    assert client.patch(members_url(other, member), {"role": "manager"}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_remove_each_other_at_once_leave_one() -> None:
    team = make_team()
    second = add_member(team.project, Role.MANAGER)
    pairs = [(team.manager, second), (second, team.manager)]
    start, statuses = threading.Barrier(2), []

    def remove(remover: Any, other: Any) -> None:
        client = signed_in(remover)
        membership = Membership.objects.get(project=team.project, user=other)
        start.wait(10)
        statuses.append(client.delete(members_url(team, membership)).status_code)
        connection.close()

    threads = [threading.Thread(target=remove, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Membership.objects.filter(project=team.project, role=Role.MANAGER).count() == 1
    assert statuses.count(204) == 1, statuses
