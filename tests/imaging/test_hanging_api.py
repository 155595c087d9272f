"""Protocols over the API: read by members, tried and saved by managers."""

from __future__ import annotations

from typing import Any

import pytest

from tests import factories
from tests.factories import Team, signed_in

pytestmark = pytest.mark.django_db
RULES = [{"name": "Twice", "rows": 1, "columns": 2, "panes": [{}, {"study": "prior"}], "when": {"modalities": ["DX"]}}]


@pytest.fixture
def team() -> Team:
    return factories.make_team()


def _at(team: Team, rest: str = "") -> str:
    return f"/api/projects/{team.project.slug}/hanging/{rest}"


def _put(team: Team, who: str, base: int = 0, rules: Any = RULES) -> Any:
    return signed_in(team.person(who)).put(_at(team), {"base_number": base, "rules": rules}, format="json")


def test_a_project_starts_with_the_shipped_protocols(team: Team) -> None:
    answer = signed_in(team.annotator).get(_at(team)).json()
    assert answer["number"] == 0
    assert "Mammogram, four views" in [rule["name"] for rule in answer["rules"]]


def test_a_manager_saves_and_a_stale_save_is_refused(team: Team) -> None:
    answer = _put(team, "manager")
    assert (answer.status_code, answer.json()["number"]) == (200, 1)
    assert signed_in(team.reviewer).get(_at(team)).json()["rules"][0]["when"]["modalities"] == ["DX"]
    assert _put(team, "manager").status_code == 409
    assert _put(team, "reviewer", base=1).status_code == 403


def test_what_cannot_be_used_is_refused_with_the_rules_name(team: Team) -> None:
    answer = _put(team, "manager", rules=[RULES[0] | {"panes": [{}]}])
    assert answer.status_code == 400
    assert "Rule Twice: 1 × 2 needs 2 viewports" in answer.json()["title"]


def test_trying_tells_the_layout_and_what_every_rule_was_given(team: Team) -> None:
    (study,) = factories.make_studies(team.project, 1)
    sent = {"study": study.uid, "rules": [*RULES, {"name": "CT", "rows": 1, "columns": 1, "panes": [{}],
                                                   "when": {"modalities": ["CT"]}}]}
    answer = signed_in(team.manager).post(_at(team, "try/"), sent, format="json").json()
    assert (answer["rule"], [pane["study"] for pane in answer["panes"]]) == ("Twice", [study.uid, None])
    assert answer["weighed"] == [
        {"rule": "Twice", "points": 5.0, "reasons": ["modality DX +10", "1 empty viewport -5"]},
        {"rule": "CT", "points": None, "reasons": ["not modality CT"]},
    ]
    assert signed_in(team.manager).get(_at(team)).json()["number"] == 0


def test_a_study_of_another_project_cannot_be_tried(team: Team) -> None:
    (study,) = factories.make_studies(factories.make_project(), 1)
    answer = signed_in(team.manager).post(_at(team, "try/"), {"study": study.uid, "rules": []}, format="json")
    assert answer.status_code == 404
