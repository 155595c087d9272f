"""My readings narrowed, what they brought, the private mirror, and the settings of a list that they depend on."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Worklist
from annotation.services.comments import add_comment
from learning.services.receipts import make_receipt
from tests import factories
from tests.factories import Team
from tests.frontend.pages import browser_of


@pytest.fixture
def team(db: None) -> Team:
    return factories.make_team()


@pytest.fixture
def read(team: Team) -> tuple[Worklist, list[str]]:
    """Two cases that the annotator has read, the first flagged and with a nodule; their patients' pseudonyms."""
    nodule = factories.make_findings(team.project, ["Nodule"])["nodule"].pk
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 3), name="Thorax")
    first = factories.submit(factories.open_next(worklist, team.annotator), {nodule: "present"}, comment="at the hilum")
    second = factories.submit(factories.open_next(worklist, team.annotator), {nodule: "absent"})
    add_comment(
        project=team.project, study=first.item.study, author=team.annotator, text="You?", asked=team.reviewer
    )
    return worklist, [one.item.study.patient.pseudonym for one in (first, second)]


def page(team: Team, role: str, below: str = "", **wanted: Any) -> str:
    answer = browser_of(team.person(role)).get(f"/p/{team.project.slug}/readings/{below}", wanted)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize(("wanted", "shows"), [
    ({}, (True, True)), ({"finding": "nodule"}, (True, False)), ({"flagged": "on"}, (True, False)),
    ({"text": "HILUM"}, (True, False)), ({"state": "skipped"}, (False, False)),
    ({"until": "2001-01-01"}, (False, False)), ({"state": "nonsense"}, (True, True)),
])
def test_my_readings_are_narrowed(
    team: Team, read: tuple[Worklist, list[str]], wanted: dict[str, str], shows: tuple[bool, bool]
) -> None:
    shown = page(team, "annotator", **wanted)
    assert tuple(patient in shown for patient in read[1]) == shows


def test_receipts_stand_on_their_readers_page_alone(team: Team, read: tuple[Worklist, list[str]]) -> None:
    make_receipt(worklist=read[0], reader=team.annotator)
    assert "2 read, 0 corrected, none left the queue meanwhile" in page(team, "annotator")
    assert "read, 0 corrected" not in page(team, "manager")


def test_the_mirror_shows_nobody_elses_time(team: Team, read: tuple[Worklist, list[str]]) -> None:
    assert "You have handed in no case here yet." in page(team, "manager", "mirror/")
    assert "No case has come to you a second time yet" in page(team, "annotator", "mirror/")


def test_a_manager_lets_cases_come_again_and_lays_more_ready(team: Team, read: tuple[Worklist, list[str]]) -> None:
    worklist = read[0]
    fields = {
        "mode": "concurrent", "report_policy": "never", "unaided_percent": "5", "has_second_look": "on",
        "reservation_minutes": "30", "cases_ahead": "4", "reread_percent": "2.5", "reread_after_days": "21",
    }
    place = f"/p/{team.project.slug}/worklists/{worklist.pk}/"
    client = browser_of(team.manager)
    assert client.post(place, {"act": "settings"} | fields).status_code == 302
    worklist.refresh_from_db()
    assert (worklist.cases_ahead, worklist.reread_share, worklist.reread_after_days) == (4, 0.025, 21)
    assert client.post(place, {"act": "settings"} | fields | {"reread_percent": "60"}).status_code == 400
    assert 'value="2.5"' in client.get(place).content.decode()
