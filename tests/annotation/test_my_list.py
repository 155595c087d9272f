"""My list of a worklist: every state, every filter, nobody else's cases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import Reading, Slot
from annotation.services.comments import add_comment
from annotation.services.next_case import hand_out
from annotation.services.readings import save_draft, skip_reading
from annotation.services.worklists import release_expired
from tests import factories
from tests.factories import Team, signed_in


@pytest.fixture
def team(db: None) -> Team:
    return factories.make_team()


@pytest.fixture
def listed(team: Team) -> tuple[Any, dict[str, int]]:
    """One case in each state, by state."""
    nodule = factories.make_findings(team.project, ["Nodule"])["nodule"].pk
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 7))
    submitted = factories.submit(factories.open_next(worklist, team.annotator), {nodule: "present"}, comment="Look")
    skipped = factories.open_next(worklist, team.annotator)
    skip_reading(reading=skipped, reader=team.annotator, reason="I know this patient")
    begun = factories.open_next(worklist, team.annotator)
    save_draft(reading=begun, reader=team.annotator, base_version=0, content=factories.content({nodule: "absent"}))
    Slot.objects.filter(item=begun.item).update(reserved_until=timezone.now() - timedelta(minutes=1))
    assert release_expired() == 1
    for _ in range(2):  # the skipped one and the one that was given back
        factories.submit(factories.open_next(worklist, team.reviewer))
    handed = hand_out(worklist=worklist, reader=team.annotator, ahead=1)
    assert handed.current is not None
    add_comment(
        project=team.project, study=submitted.item.study, author=team.annotator, text="What do you say?",
        asked=team.reviewer,
    )
    return worklist, {
        "submitted": submitted.pk, "skipped": skipped.pk, "begun": begun.pk, "open": handed.current.reading,
        "ahead": handed.ahead[0].reading,
    }


def asked(team: Team, worklist: Any, **wanted: Any) -> list[int]:
    found = signed_in(team.annotator).get(f"/api/worklists/{worklist.pk}/mine/", wanted).json()
    return [case["reading"] for case in found["cases"]]


def test_every_case_of_mine_stands_there_with_its_state_the_open_one_first(team: Team, listed: Any) -> None:
    worklist, by_state = listed
    found = signed_in(team.annotator).get(f"/api/worklists/{worklist.pk}/mine/").json()
    assert {case["state"]: case["reading"] for case in found["cases"]} == by_state
    assert [case["state"] for case in found["cases"]][:2] == ["open", "ahead"]
    assert found["counts"] == dict.fromkeys(by_state, 1) | {"amending": 0}
    assert signed_in(team.manager).get(f"/api/worklists/{worklist.pk}/mine/").json()["cases"] == []
    assert signed_in(team.stranger).get(f"/api/worklists/{worklist.pk}/mine/").status_code == 404


@pytest.mark.parametrize("state", ["open", "ahead", "begun", "submitted", "skipped"])
def test_a_filter_by_state_leaves_that_state(team: Team, listed: Any, state: str) -> None:
    worklist, by_state = listed
    assert asked(team, worklist, state=state) == [by_state[state]]


@pytest.mark.parametrize(("wanted", "states"), [
    ({"finding": "nodule"}, ["submitted"]), ({"finding": "unheard-of"}, []), ({"flagged": "true"}, ["submitted"]),
    ({"text": "LOOK"}, ["submitted"]), ({"text": "know this"}, ["skipped"]), ({"text": "nothing like it"}, []),
    ({"until": "2001-01-01"}, []), ({"state": "skipped", "text": "look"}, []),
])
def test_filters_by_finding_flag_text_and_date(
    team: Team, listed: Any, wanted: dict[str, str], states: list[str]
) -> None:
    worklist, by_state = listed
    assert asked(team, worklist, **wanted) == [by_state[state] for state in states]


def test_while_a_case_is_read_again_what_was_said_first_is_not_shown(team: Team, listed: Any) -> None:
    worklist, by_state = listed
    first = Reading.objects.get(pk=by_state["submitted"])
    behind = factories.make_worklist(team.project, [first.item.study], mode="unaided", rereads_of=worklist)
    again = factories.open_next(behind, team.annotator)
    assert by_state["submitted"] not in asked(team, worklist)
    assert again.pk in asked(team, worklist)
    factories.submit(again)
    assert by_state["submitted"] in asked(team, worklist)
    assert again.pk not in asked(team, worklist)
