"""Model versions over REST."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from core.models import AuditEvent
from tests.factories import Team, make_team, signed_in
from tests.learning.rows import ESTIMATE, STATEMENT, make_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def test_models_are_listed_newest_first(team: Team) -> None:
    first = make_model(team.project, state="champion")
    second = make_model(team.project, parent=first)
    make_model(make_team().project)
    url = f"/api/projects/{team.project.slug}/models/"
    rows = signed_in(team.annotator).get(url).json()["results"]
    assert [(row["id"], row["number"], row["parent"]) for row in rows] == [(second.pk, 2, 1), (first.pk, 1, None)]
    assert rows[0]["gate_auroc"] == ESTIMATE
    champions = signed_in(team.annotator).get(f"{url}?state=champion").json()["results"]
    assert [row["id"] for row in champions] == [first.pk]


def test_a_card_says_research_use_only_on_the_page_and_in_the_file(team: Team) -> None:
    version = make_model(team.project)
    client = signed_in(team.annotator)
    assert client.get(f"/api/models/{version.pk}/").json()["statement"] == STATEMENT
    card = client.get(f"/api/models/{version.pk}/card/")
    assert card.json()["statement"] == STATEMENT
    assert card.headers["Content-Disposition"].startswith("attachment")


def test_a_models_file_is_handed_out_byte_for_byte_and_the_audit_log_knows(team: Team) -> None:
    version = make_model(team.project, weights=b"\x00\x01safetensors")
    answer = signed_in(team.researcher).get(f"/api/models/{version.pk}/file/")
    assert b"".join(answer.streaming_content) == b"\x00\x01safetensors"  # type: ignore[attr-defined]
    assert "research-use-only" in answer.headers["Content-Disposition"]
    event = AuditEvent.objects.get(action="model.exported")
    assert (event.actor, event.project, event.subject) == (team.researcher, team.project, "model:1")


def test_a_reader_does_not_take_the_model_away(team: Team) -> None:
    version = make_model(team.project)
    assert signed_in(team.annotator).get(f"/api/models/{version.pk}/file/").status_code == 403
    assert not AuditEvent.objects.filter(action="model.exported").exists()


def test_a_lost_file_is_said_to_be_gone(team: Team) -> None:
    version = make_model(team.project)
    (Path(settings.HOME) / version.path).unlink()
    answer = signed_in(team.researcher).get(f"/api/models/{version.pk}/file/")
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")
