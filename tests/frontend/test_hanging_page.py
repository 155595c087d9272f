"""The page of hanging protocols: for managers, tried while one edits, saved as a version."""

from __future__ import annotations

from typing import Any

import pytest

from frontend.forms import hanging as form
from imaging.hanging import DEFAULTS, RuleSet
from imaging.selectors.hanging import newest_version, rules_in_force
from tests import factories
from tests.factories import Team
from tests.frontend.pages import browser_of, text_of

pytestmark = pytest.mark.django_db
RULES: form.Rules = [
    {"name": "Chest", "rows": 1, "columns": 2, "when": {"modalities": ["DX"], "least": 1},
     "panes": [{"views": ["PA/AP"]}, {"study": "prior"}]},
    {"name": "Any", "rows": 1, "columns": 1, "panes": [{}]},
]


@pytest.fixture
def team() -> Team:
    return factories.make_team()


def _sent(rules: form.Rules, **more: str) -> dict[str, str]:
    """What a browser sends of a form that shows these rules."""
    sent = {"count": str(len(rules)), **more}
    for n, row in enumerate(form.rows_of(rules)):
        sent |= {f"r{n}-{name}": row[name] for name in ("name", "layout", "prior", "least", "most")}
        sent |= {f"r{n}-{name}": value for name, _, _, value in row["when"]}
        for m, pane in enumerate(row["panes"]):
            sent |= {f"r{n}-p{m}-{name}": value for name, _, _, value in pane["fields"]}
            sent |= {f"r{n}-p{m}-study": pane["study"], f"r{n}-p{m}-plane": pane["plane"]}
    return sent


def _post(team: Team, part: str = "", who: str = "manager", **sent: str) -> Any:
    return browser_of(team.person(who)).post(f"/p/{team.project.slug}/hanging/{part}", sent)


def test_what_the_page_shows_comes_back_as_it_was() -> None:
    shipped = DEFAULTS.model_dump(mode="json")["rules"]
    assert RuleSet.model_validate({"rules": form.posted(_sent(shipped))}) == DEFAULTS


def test_a_manager_saves_what_the_form_says(team: Team) -> None:
    answer = _post(team, **_sent(RULES, act="save", base_number="0"))
    assert answer.status_code == 302
    assert [rule.name for rule in rules_in_force(team.project).rules] == ["Chest", "Any"]
    assert "version 1" in text_of(browser_of(team.manager).get(f"/p/{team.project.slug}/hanging/"))


def test_a_refused_rule_is_named_and_nothing_that_was_typed_is_lost(team: Team) -> None:
    wrong = [RULES[0] | {"when": {"modalities": ["D X!"]}}]
    answer = _post(team, **_sent(wrong, act="save", base_number="0"))
    assert answer.status_code == 400
    assert "Rule Chest" in text_of(answer)
    assert 'value="D, X!"' in answer.content.decode()
    assert newest_version(team.project) is None


def test_two_managers_do_not_overwrite_each_other(team: Team) -> None:
    _post(team, **_sent(RULES, act="save", base_number="0"))
    assert _post(team, **_sent(RULES[:1], act="save", base_number="0")).status_code == 409


def test_the_preview_says_which_rule_hangs_a_study_and_what_hangs_where(team: Team) -> None:
    (study,) = factories.make_studies(team.project, 1)
    told = text_of(_post(team, "preview/", **_sent(RULES, study=study.uid)))
    assert "Hung by rule Chest : modality DX +10, 1 series +2, 1 empty viewport -5" in told
    assert "DX PA (view PA/AP)" in told
    assert "no earlier study fits" in told
    assert newest_version(team.project) is None


def test_the_preview_names_what_cannot_be_used(team: Team) -> None:
    (study,) = factories.make_studies(team.project, 1)
    assert "two rules have the same name" in text_of(
        _post(team, "preview/", **_sent([RULES[1], RULES[1]], study=study.uid)))


@pytest.mark.parametrize(("do", "names"), [
    ("add", ["Chest", "Any", "New rule"]), ("remove:0", ["Any"]), ("up:1", ["Any", "Chest"]),
    ("down:0", ["Any", "Chest"]), ("remove:9", ["Chest", "Any"]), ("shape:0", ["Chest", "Any"]),
])
def test_buttons_beside_the_rules_change_the_form_alone(do: str, names: list[str]) -> None:
    assert [rule["name"] for rule in form.changed(RULES, do)] == names


def test_another_layout_has_as_many_viewports(team: Team) -> None:
    sent = _sent(RULES, do="shape:0") | {"r0-layout": "2x2"}
    answer = _post(team, "rules/", **sent).content.decode()
    assert "r0-p3-views" in answer
    assert "r0-p4-views" not in answer


@pytest.mark.parametrize("who", ["annotator", "reviewer", "researcher"])
def test_only_managers_open_the_page(team: Team, who: str) -> None:
    assert browser_of(team.person(who)).get(f"/p/{team.project.slug}/hanging/").status_code == 403
