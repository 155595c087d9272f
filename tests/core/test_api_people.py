"""People, accounts and the audit log over REST."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from core import audit
from core.models import AuditEvent, Project, User
from tests.factories import PASSWORD, Team, make_team, make_user, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def exported(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]


def test_managers_search_for_people_and_learn_no_more_than_names(team: Team) -> None:
    make_user("a.miller", first_name="Anna", last_name="Miller", email="anna@example.org")
    make_user("miller-sim", is_simulated=True)
    make_user("miller-gone", is_active=False)
    assert signed_in(team.manager).get("/api/users/?q=miller").json() == [
        {"username": "a.miller", "name": "Anna Miller"}]
    assert signed_in(team.admin).get("/api/users/?q=anna").status_code == 200
    assert signed_in(team.researcher).get("/api/users/?q=miller").status_code == 403


def test_a_site_admin_makes_an_account_whose_password_is_shown_once(team: Team) -> None:
    answer = signed_in(team.admin).post("/api/users/", {"username": "newcomer"})
    assert answer.status_code == 201
    person = User.objects.get(username="newcomer")
    assert person.check_password(answer.json()["password"])
    assert person.password_is_one_time
    event = AuditEvent.objects.get(action="account.made")
    assert (event.actor, answer.json()["password"] in json.dumps(event.detail)) == (team.admin, False)


def test_nobody_else_makes_accounts(team: Team) -> None:
    assert signed_in(team.manager).post("/api/users/", {"username": "newcomer"}).status_code == 403
    assert not User.objects.filter(username="newcomer").exists()


def test_a_taken_or_impossible_name_is_refused(team: Team) -> None:
    client = signed_in(team.admin)
    assert client.post("/api/users/", {"username": team.manager.username}).status_code == 409
    assert client.post("/api/users/", {"username": "a b"}).status_code == 400


def test_with_a_one_time_password_nothing_is_open(team: Team) -> None:
    User.objects.filter(pk=team.annotator.pk).update(password_is_one_time=True)
    client = signed_in(team.annotator)
    for path in ("/api/me/", f"/api/projects/{team.project.slug}/events/"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "one-time-password"), path


def test_a_new_one_time_password_ends_open_sessions(team: Team) -> None:
    person = make_user("forgetful", password=PASSWORD)
    theirs, admin = signed_in(person), signed_in(team.admin)
    answer = admin.post("/api/users/forgetful/password/")
    person.refresh_from_db()
    assert person.check_password(answer.json()["password"])
    assert theirs.get("/api/me/").status_code == 401
    assert signed_in(team.manager).post("/api/users/forgetful/password/").status_code == 403


def test_a_closed_account_is_shut_out_at_once_and_may_be_opened_again(team: Team) -> None:
    theirs, admin = signed_in(team.annotator), signed_in(team.admin)
    url = f"/api/users/{team.annotator.username}"
    assert admin.post(f"{url}/close/").status_code == 200
    assert theirs.get("/api/me/").status_code == 401
    assert admin.post(f"{url}/open/").status_code == 200
    assert signed_in(team.annotator).get("/api/me/").status_code == 200
    assert admin.post(f"/api/users/{team.admin.username}/close/").status_code == 409
    assert admin.post("/api/users/nobody/close/").status_code == 404


def test_managers_read_their_projects_log_newest_first(team: Team) -> None:
    for action in ("a", "b"):
        audit.record(action, actor=team.annotator, project=team.project, subject="x:1")
    audit.record("c", project=make_team().project)
    url = f"/api/projects/{team.project.slug}/audit/"
    rows = signed_in(team.manager).get(url).json()["results"]
    assert [(row["action"], row["actor"], row["project"]) for row in rows] == [
        (action, team.annotator.username, team.project.slug) for action in ("b", "a")]
    assert [r["action"] for r in signed_in(team.manager).get(f"{url}?action=a").json()["results"]] == ["a"]
    assert signed_in(team.manager).get(f"{url}?actor=nobody").json()["results"] == []
    assert signed_in(team.researcher).get(url).status_code == 403


def test_the_whole_log_shows_everybody_what_is_theirs(team: Team) -> None:
    audit.record("a", project=team.project)
    audit.record("b", project=make_team().project)
    seen = {
        role: [row["action"] for row in signed_in(team.person(role)).get("/api/audit/").json()["results"]]
        for role in ("annotator", "manager", "admin")
    }
    assert seen == {"annotator": [], "manager": ["a"], "admin": ["b", "a"]}


def test_an_export_holds_every_event_and_the_verdict_on_the_chain(team: Team) -> None:
    audit.record("a", actor=team.annotator, project=team.project, subject="x:1", n=1)
    lines = exported(signed_in(team.admin).get("/api/audit/export"))
    assert [line["action"] for line in lines[:-1]] == ["a", "audit.exported"]
    assert (lines[0]["actor_name"], lines[0]["project_slug"], lines[0]["detail"]) == (
        team.annotator.username, team.project.slug, {"n": 1})
    assert lines[-1] == {"events": 2, "last_hash": lines[1]["hash"], "broken_at": None}
    assert signed_in(team.manager).get("/api/audit/export").status_code == 403


def test_an_export_tells_where_the_chain_was_broken(team: Team) -> None:
    audit.record("a")
    AuditEvent.objects.create(
        sequence=2, at=timezone.now(), action="forged", previous_hash=AuditEvent.objects.get().hash, hash="f" * 64
    )
    assert exported(signed_in(team.admin).get("/api/audit/export"))[-1]["broken_at"] == 2


def test_a_projects_slug_may_vanish_from_the_log_but_not_its_events(team: Team) -> None:
    audit.record("a", project=team.project)
    Project.objects.filter(pk=team.project.pk).delete()
    (row,) = signed_in(team.admin).get("/api/audit/").json()["results"]
    assert (row["action"], row["project"]) == ("a", None)
