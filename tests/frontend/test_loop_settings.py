"""The loop's settings: explained on a page, changed by managers alone, checked, on record."""

from __future__ import annotations

from typing import Any

import pytest

from core.models import AuditEvent
from learning.models import Loop
from learning.services.loop_settings import QUERIES, SETTINGS
from tests.factories import Team, make_findings, make_team, make_worklist, signed_in
from tests.frontend.pages import browser_of, messages_of, text_of
from tests.learning.rows import make_loop
from workers.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def loop(team: Team) -> Loop:
    make_findings(team.project, ["Nodule", "Effusion"])
    return make_loop(team.project, make_worklist(team.project, []))


def page(team: Team) -> str:
    return f"/p/{team.project.slug}/loop/settings/"


def form(loop: Loop, **changed: Any) -> dict[str, Any]:
    kept = {name: getattr(loop, name) for name in SETTINGS} | {"worklist": loop.worklist_id, "act": "change"}
    return {name: value for name, value in (kept | changed).items() if value is not False}


def test_every_setting_is_explained_to_every_member(team: Team, loop: Loop) -> None:
    told = text_of(browser_of(team.annotator).get(page(team)))
    assert all(one.explanation in told for one in SETTINGS.values())
    assert "A manager of the project changes them." in told


def test_every_query_has_words() -> None:
    from learning.toolkit.active import QUERIES as KNOWN

    assert set(QUERIES) == set(KNOWN)


def test_without_a_loop_the_page_says_so(team: Team) -> None:
    assert "There is no loop yet" in text_of(browser_of(team.manager).get(page(team)))


def test_a_change_is_saved_and_on_record_with_what_was_before(team: Team, loop: Loop) -> None:
    client = browser_of(team.manager)
    sent = form(loop, margin="0.03", rule="superior") | {"threshold:nodule": "0.9"}
    assert client.post(page(team), sent).status_code == 302
    loop.refresh_from_db()
    assert (loop.margin, loop.rule, loop.pseudolabel_thresholds) == (0.03, "superior", {"nodule": 0.9})
    event = AuditEvent.objects.get(action="loop.changed")
    assert event.detail["changed"]["margin"] == [0.02, 0.03]
    assert (event.actor, set(event.detail["changed"])) == (team.manager, {"margin", "rule", "pseudolabel_thresholds"})
    assert "margin: 0.02 → 0.03" in text_of(client.get(page(team)))


def test_saving_what_is_there_is_no_change(team: Team, loop: Loop) -> None:
    browser_of(team.manager).post(page(team), form(loop))
    assert not AuditEvent.objects.filter(action="loop.changed").exists()


@pytest.mark.parametrize(("field", "value"), [
    ("margin", "0.6"), ("pseudolabel_threshold", "0.5"), ("corrections_per_turn", "0"), ("query", "guess"),
    ("threshold:nodule", "0.2"),
])
def test_what_no_loop_can_have_is_refused_on_the_page_and_over_rest(
    team: Team, loop: Loop, field: str, value: str
) -> None:
    answer = browser_of(team.manager).post(page(team), form(loop, **{field: value}))
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.content.decode()
    sent = {"pseudolabel_thresholds": {"nodule": value}} if ":" in field else {field: value}
    assert signed_in(team.manager).patch(f"/api/projects/{team.project.slug}/loop/", sent).status_code == 400
    assert not AuditEvent.objects.filter(action="loop.changed").exists()


def test_nothing_changes_while_a_turn_is_under_way(team: Team, loop: Loop) -> None:
    Job.objects.create(kind="learning.turn", project=team.project, label="Turn 2")
    answer = browser_of(team.manager).post(page(team), form(loop, margin="0.1"))
    assert (answer.status_code, "A turn is under way" in messages_of(answer)) == (409, True)
    loop.refresh_from_db()
    assert loop.margin == 0.02


def test_the_same_over_rest_and_a_researcher_cannot_change_a_loop_by_starting_it(team: Team, loop: Loop) -> None:
    address = f"/api/projects/{team.project.slug}/loop/"
    assert signed_in(team.researcher).patch(address, {"margin": 0.04}).status_code == 403
    assert signed_in(team.researcher).post(address, {"margin": 0.04}).status_code == 403
    body = signed_in(team.manager).patch(address, {"margin": 0.04, "pseudolabel_thresholds": {"effusion": 0.8}}).json()
    assert (body["settings"]["margin"], body["settings"]["pseudolabel_thresholds"]) == (0.04, {"effusion": 0.8})
    assert AuditEvent.objects.get(action="loop.changed").actor == team.manager
    unknown = signed_in(team.manager).patch(address, {"pseudolabel_thresholds": {"fracture": 0.8}})
    assert "'fracture' is no finding on the form." in unknown.json()["title"]
