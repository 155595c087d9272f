"""What aid does to readers: told with controls, intervals and what the truth was taken from."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import WorklistItem
from annotation.services.readings import record_shown, submit_reading
from core.models import User
from learning.selectors.aid import automation_bias, second_look_benefit
from learning.selectors.aid.intervals import Tally, cases_to_decide, difference, share, verdict
from tests.annotation.test_second_look import suggestion
from tests.factories import Team, add_member, content, make_findings, make_studies, make_team, make_worklist, open_next
from tests.frontend.pages import browser_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    team = make_team()
    make_findings(team.project, ["Effusion"])
    return team


def effusion(team: Team) -> int:
    return int(team.project.findings.get(code="effusion").pk)


def read_all(team: Team, worklist: Any, reader: User, said: Any, model: str = "present") -> None:
    """Every case of the list; `said` gives the answer by study and mode."""
    for _ in range(worklist.items.count()):
        reading = open_next(worklist, reader)
        if reading.mode != "unaided":
            shown = suggestion(probability=0.9 if model == "present" else 0.1)
            record_shown(reading=reading, suggestions=[shown])
        answer = content({effusion(team): said(reading)})
        submit_reading(reading=reading, reader=reader, base_version=reading.draft_version, content=answer)


def test_readers_who_follow_a_wrong_model_are_seen(team: Team) -> None:
    studies = make_studies(team.project, 12)
    worklist = make_worklist(team.project, studies, mode="concurrent")
    WorklistItem.objects.filter(worklist=worklist, study__in=studies[::2]).update(is_always_unaided=True)
    read_all(team, worklist, team.annotator, lambda r: "absent" if r.mode == "unaided" else "present")
    judge = make_worklist(team.project, studies, mode="unaided")
    read_all(team, judge, team.reviewer, lambda r: "absent")

    bias = automation_bias(project=team.project)
    agreement = bias.contrasts[0]
    assert (agreement.aided.share.value, agreement.unaided.share.value) == (0.0, 1.0)
    assert (agreement.aided.cases, agreement.unaided.cases) == (6, 6)
    assert agreement.verdict == "harm"
    followed = bias.contrasts[2]
    assert followed.aided.share.value == 1.0
    assert followed.unaided.share is None  # no model said anything about the unaided ones
    assert followed.verdict == "undecided"
    assert (bias.truths, bias.readers, bias.without_truth) == ({"other readers": 12}, 1, 0)


def test_without_anything_stronger_on_record_nobody_is_judged(team: Team) -> None:
    worklist = make_worklist(team.project, make_studies(team.project, 2), mode="concurrent")
    read_all(team, worklist, team.annotator, lambda r: "absent")
    bias = automation_bias(project=team.project)
    assert (bias.truths, bias.without_truth) == ({}, 2)
    assert {one.verdict for one in bias.contrasts} == {"undecided"}


def test_the_second_look_is_counted_by_what_it_changed(team: Team) -> None:
    studies = make_studies(team.project, 4)
    judge = make_worklist(team.project, studies, mode="unaided")
    truth = dict(zip([s.pk for s in studies], ["present", "present", "absent", "absent"], strict=True))
    read_all(team, judge, team.reviewer, lambda r: truth[r.item.study_id])
    worklist = make_worklist(team.project, studies, mode="concurrent")
    final = dict(zip([s.pk for s in studies], ["present", "absent", "present", "absent"], strict=True))
    for _ in studies:
        reading = open_next(worklist, team.annotator)
        record_shown(reading=reading, suggestions=[suggestion()])
        client = _client(team.annotator)
        body = {"base_version": 0, "content": content({effusion(team): "absent"}), "second_look": "ask"}
        asked = client.post(f"/api/readings/{reading.pk}/submit/", body, format="json").json()
        body = {
            "base_version": asked["draft_version"], "content": content({effusion(team): final[reading.item.study_id]}),
            "second_look": "seen",
        }
        assert client.post(f"/api/readings/{reading.pk}/submit/", body, format="json").json()["version"] == 1

    benefit = second_look_benefit(project=team.project)
    told = (benefit.asked, benefit.changed, benefit.better, benefit.worse, benefit.kept_right, benefit.kept_wrong)
    assert told == (4, 2, 1, 1, 1, 1)
    assert benefit.net is not None
    assert benefit.net.value == 0.0
    assert benefit.verdict == "undecided"


def _client(person: User) -> Any:
    from tests.factories import signed_in

    return signed_in(person)


def test_intervals_draw_patients_and_say_when_they_can_not_decide() -> None:
    sure = Tally([f"p{n}" for n in range(400)], [1.0] * 400)
    split = Tally([f"q{n}" for n in range(40)], [1.0, 0.0] * 20)
    assert verdict(difference(sure, split), margin=0.05) == "gain"
    assert verdict(difference(split, sure), margin=0.05) == "harm"
    assert verdict(difference(sure, sure), margin=0.05) == "equivalent"
    some = Tally([f"r{n}" for n in range(6)], [1.0, 0.0, 1.0, 1.0, 0.0, 1.0])
    assert verdict(difference(some, split), margin=0.05) == "undecided"
    assert (cases_to_decide(difference(some, split), 6, margin=0.05) or 0) > 6
    few = Tally(["a", "b"], [1.0, 0.0])
    assert verdict(difference(few, split), margin=0.05) == "undecided"
    assert cases_to_decide(difference(few, split), 2, margin=0.05) is None
    assert share(Tally([], [])) is None
    one_patient = share(Tally(["a"] * 30, [1.0, 0.0] * 15))
    assert one_patient is not None
    assert (one_patient.value, one_patient.low) == (0.5, None)
    alike = share(Tally([f"p{n}" for n in range(6)], [1.0] * 6))
    assert alike is not None
    assert alike.low is not None
    assert 0.5 < alike.low < 0.8


def test_the_page_shows_it_to_those_who_steer_and_says_when_there_is_nothing(team: Team) -> None:
    page = f"/p/{team.project.slug}/aid/"
    assert "Nothing to compare yet" in text_of(browser_of(team.researcher).get(page))
    assert browser_of(team.annotator).get(page).status_code == 403
    worklist = make_worklist(team.project, make_studies(team.project, 2), mode="concurrent", readings_needed=2)
    read_all(team, worklist, team.annotator, lambda r: "absent")
    read_all(team, worklist, add_member(team.project), lambda r: "absent")
    shown = text_of(browser_of(team.manager).get(page))
    assert "100.0 %" in shown
    assert "undecided" in shown
