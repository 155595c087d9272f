"""Which page answers whom: every page, every role."""

from __future__ import annotations

import pytest

from core.models import Role
from tests.factories import Team, make_findings, make_studies, make_team, make_worklist
from tests.frontend.pages import browser_of
from workers.models import Job

pytestmark = pytest.mark.django_db

A, V, R, M, S = "annotator", "reviewer", "researcher", "manager", "admin"
EVERYBODY = {A, V, R, M, S}
PAGES: list[tuple[str, set[str]]] = [
    ("", EVERYBODY),
    ("read/", {A, V, M, S}),
    ("readings/", {A, V, M, S}),
    ("findings/", EVERYBODY),
    ("findings/{finding}/", EVERYBODY),
    ("findings/{finding}/preview/?would=retire", {M, S}),
    ("import/", {M, S}),
    ("studies/", EVERYBODY),
    ("studies/{study}/", EVERYBODY),
    ("worklists/", EVERYBODY),
    ("worklists/{worklist}/", EVERYBODY),
    ("reports/", EVERYBODY),
    ("reports/import/", {M, S}),
    ("reports/unmatched/", {M, S}),
    ("reports/publish/", {R, M, S}),
    ("reports/blind/", {A, V, M, S}),
    ("reports/rules/", EVERYBODY),
    ("reports/accuracy/", EVERYBODY),
    ("members/", EVERYBODY),
    ("members/people/?username=an", {M, S}),
    ("jobs/", EVERYBODY),
    ("jobs/{job}/", EVERYBODY),
    ("export/", {R, M, S}),
    ("audit/", {M, S}),
    ("start/findings/", {M, S}),
    ("start/images/", {M, S}),
    ("start/worklist/", {M, S}),
    ("start/members/", {M, S}),
]


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def places(team: Team) -> dict[str, object]:
    findings = make_findings(team.project, ["Nodule", "Effusion"])
    studies = make_studies(team.project, 1)
    worklist = make_worklist(team.project, studies)
    job = Job.objects.create(kind="tests.none", project=team.project, label="Some work")
    return {"finding": findings["nodule"].pk, "study": studies[0].uid, "worklist": worklist.pk, "job": job.pk}


def test_each_page_answers_those_whose_role_includes_it(team: Team, places: dict[str, object]) -> None:
    wrong = []
    for role in [*Role.values, "admin", "stranger"]:
        client = browser_of(team.person(role))
        for page, allowed in PAGES:
            expected = 404 if role == "stranger" else 200 if role in allowed else 403
            got = client.get(f"/p/{team.project.slug}/{page.format(**places)}").status_code
            if got != expected:
                wrong.append((role, page, expected, got))
    assert wrong == []


def test_nobody_sees_a_page_before_signing_in(team: Team, places: dict[str, object]) -> None:
    for page, _ in [*PAGES, ("/", set()), ("/projects/new/", set()), ("/people/", set()), ("/audit/", set())]:
        address = page if page.startswith("/") else f"/p/{team.project.slug}/{page.format(**places)}"
        answer = browser_of(None).get(address)
        assert (answer.status_code, answer.url.split("?")[0]) == (302, "/sign-in/"), address


@pytest.mark.parametrize("page", ["/people/", "/audit/", "/audit/check/"])
def test_pages_of_the_installation_are_for_site_admins(team: Team, page: str) -> None:
    assert browser_of(team.admin).get(page).status_code == 200
    for role in [*Role.values, "stranger"]:
        assert browser_of(team.person(role)).get(page).status_code == 403, role


@pytest.mark.parametrize("page", ["/", "/projects/new/", "/password/"])
def test_everybody_with_an_account_has_the_first_pages(team: Team, page: str) -> None:
    assert browser_of(team.stranger).get(page).status_code == 200


MANAGER_ACTS: list[tuple[str, dict[str, str]]] = [
    ("findings/", {"act": "add", "name": "Cyst"}),
    ("findings/", {"act": "add_set", "set": "chest"}),
    ("findings/{finding}/", {"act": "retire"}),
    ("members/", {"act": "add", "username": "whoever", "role": "annotator"}),
    ("worklists/", {"act": "create", "name": "New"}),
    ("worklists/", {"act": "draw", "gate": "1"}),
    ("worklists/{worklist}/", {"act": "close"}),
    ("worklists/{worklist}/", {"act": "fill"}),
    ("", {"act": "edit", "name": "Other"}),
]


@pytest.mark.parametrize("role", [A, V, R])
def test_what_managers_do_is_refused_to_others_and_said_on_the_page(
    team: Team, places: dict[str, object], role: str
) -> None:
    client = browser_of(team.person(role))
    for page, posted in MANAGER_ACTS:
        answer = client.post(f"/p/{team.project.slug}/{page.format(**places)}", posted)
        assert answer.status_code == 403, (page, posted)
        assert "Your role does not include" in answer.content.decode(), (page, posted)


def test_a_refused_page_keeps_the_navigation_of_the_project_but_tells_strangers_nothing(team: Team) -> None:
    place = f"/p/{team.project.slug}/export/"
    assert f'href="/p/{team.project.slug}/members/"' in browser_of(team.annotator).get(place).content.decode()
    page = browser_of(team.stranger).get(place).content.decode()
    assert "There is no such project" in page
    assert team.project.name not in page


def test_navigation_shows_only_what_may_be_opened(team: Team, places: dict[str, object]) -> None:
    for role in Role.values:
        client = browser_of(team.person(role))
        page = client.get(f"/p/{team.project.slug}/").content.decode()
        link = f'class="nav-entry" href="/p/{team.project.slug}/'
        shown = [name for name, _ in PAGES if name and f'{link}{name}"' in page]
        assert shown, role
        assert all(role in dict(PAGES)[name] for name in shown), role


def test_every_page_says_research_use_only_and_has_no_inline_script(team: Team, places: dict[str, object]) -> None:
    client = browser_of(team.manager)
    for page, _ in PAGES:
        if "preview" in page or "people/" in page or "publish/" in page:
            continue
        html = client.get(f"/p/{team.project.slug}/{page.format(**places)}").content.decode()
        assert "Research use only" in html, page
        assert "<script>" not in html, page
        assert " onclick=" not in html, page
        assert 'href="#content"' in html, page
