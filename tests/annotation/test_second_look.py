"""The second look: asked once, after the own answer, about sure contradictions alone; both answers are kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError

from annotation.models import Reading, Worklist
from annotation.services.readings import lock_unaided, record_shown
from annotation.services.withdrawal import withdraw_patient_here
from annotation.services.worklists import add_items, edit_worklist
from core.errors import Invalid
from tests import factories
from tests.factories import Team, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return factories.make_team()


def suggestion(code: str = "effusion", probability: float = 0.97, **fields: Any) -> dict[str, Any]:
    state = "present" if probability >= 0.5 else "absent"
    known = {"id": f"m1-{code}", "finding": code, "probability": probability, "calibrated": True, "state": state}
    return known | {"model": "model 1", "threshold": 0.5, "boxes": []} | fields


def opened(team: Team, *suggestions: dict[str, Any], mode: str = "concurrent", **fields: Any) -> Reading:
    """A reading of the annotator with these suggestions on record as shown."""
    factories.make_findings(team.project, ["Effusion", "Nodule"])
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 1), mode=mode, **fields)
    reading = factories.open_next(worklist, team.annotator)
    if suggestions:
        record_shown(reading=reading, suggestions=list(suggestions))
    return reading


def ids(team: Team) -> dict[str, int]:
    return dict(team.project.findings.values_list("code", "pk"))


def submit(team: Team, reading: Reading, said: dict[str, Any], how: str = "ask", base: int | None = None) -> Any:
    reading.refresh_from_db()
    body = {"base_version": reading.draft_version if base is None else base, "content": said, "second_look": how}
    answer = signed_in(team.annotator).post(f"/api/readings/{reading.pk}/submit/", body, format="json")
    reading.refresh_from_db()
    return answer


def absent(team: Team, code: str = "effusion") -> dict[str, Any]:
    return factories.content({ids(team)[code]: "absent"})


def test_a_contradiction_is_asked_back_once_and_then_submitted(team: Team) -> None:
    reading = opened(team, suggestion())
    asked = submit(team, reading, absent(team)).json()
    assert (asked["version"], asked["draft_version"]) == (None, 1)
    assert [(one["finding"], one["said"], one["probability"]) for one in asked["second_look"]] == [
        ("effusion", "absent", 0.97)
    ]
    assert (reading.state, reading.version) == ("draft", 0)
    answer = submit(team, reading, absent(team), "seen").json()
    assert (answer["version"], answer["second_look"]) == (1, [])


def test_both_answers_are_kept_with_the_version(team: Team) -> None:
    reading = opened(team, suggestion())
    submit(team, reading, absent(team))
    submit(team, reading, factories.content({ids(team)["effusion"]: "present"}), "seen")
    version = reading.versions.get()
    first = version.second_look["content"]["findings"][str(ids(team)["effusion"])]["state"]
    assert (first, version.content["findings"][str(ids(team)["effusion"])]["state"]) == ("absent", "present")
    assert version.second_look["asked"][0]["model"] == "model 1"


@pytest.mark.parametrize(
    "shown",
    [suggestion(probability=0.949), suggestion(calibrated=False), suggestion(probability=0.02), suggestion("nodule")],
    ids=["not sure", "not calibrated", "sure of absence", "another finding"],
)
def test_what_is_not_a_sure_contradiction_is_submitted_at_once(team: Team, shown: dict[str, Any]) -> None:
    reading = opened(team, shown)
    assert submit(team, reading, absent(team)).json()["version"] == 1


def test_no_finding_contradicts_and_an_answer_that_is_open_does_not(team: Team) -> None:
    reading = opened(team, suggestion())
    said = ids(team)
    assert submit(team, reading, factories.content(no_finding=True)).json()["version"] is None
    other = factories.content({said["nodule"]: "absent"})
    assert submit(team, reading, other, "ask").json()["version"] == 1


def test_an_unaided_reading_is_never_asked_whatever_was_shown(team: Team) -> None:
    reading = opened(team, suggestion(), mode="unaided")
    assert submit(team, reading, absent(team)).json()["version"] == 1
    with pytest.raises(IntegrityError):
        Reading.objects.filter(pk=reading.pk).update(second_look={"version": 1})


def test_a_second_reader_is_asked_only_once_the_own_answer_is_locked(team: Team) -> None:
    reading = opened(team, suggestion(), mode="second_reader")
    early = submit(team, reading, absent(team))
    assert early.json()["version"] == 1
    assert reading.second_look is None


def test_a_second_reader_keeps_three_answers_where_all_differ(team: Team) -> None:
    reading = opened(team, mode="second_reader")
    code = ids(team)["effusion"]
    own = factories.content({code: "equivocal"})
    lock_unaided(reading=reading, reader=team.annotator, base_version=0, content=own)
    record_shown(reading=reading, suggestions=[suggestion()])
    assert submit(team, reading, absent(team)).json()["second_look"]
    submit(team, reading, factories.content({code: "present"}), "seen")
    version = reading.versions.get()
    states = [one["findings"][str(code)]["state"] for one in (
        version.unaided, version.second_look["content"], version.content,
    )]
    assert states == ["equivocal", "absent", "present"]


def test_who_does_not_ask_for_it_submits_as_ever(team: Team) -> None:
    reading = opened(team, suggestion())
    assert submit(team, reading, absent(team), "").json()["version"] == 1
    assert reading.versions.get().second_look is None


def test_a_list_may_do_without(team: Team) -> None:
    reading = opened(team, suggestion(), has_second_look=False)
    assert submit(team, reading, absent(team)).json()["version"] == 1


def test_asked_again_after_a_lost_answer_the_first_answer_stays_on_record(team: Team) -> None:
    reading = opened(team, suggestion())
    submit(team, reading, absent(team))
    again = submit(team, reading, absent(team), base=0)
    assert again.status_code == 200
    assert again.json()["second_look"]
    assert reading.second_look["version"] == 1


def test_an_amended_answer_is_not_asked_the_same_again(team: Team) -> None:
    reading = opened(team, suggestion())
    submit(team, reading, absent(team))
    submit(team, reading, absent(team), "seen")
    signed_in(team.annotator).post(f"/api/readings/{reading.pk}/amend/")
    other = factories.content({ids(team)["effusion"]: "absent", ids(team)["nodule"]: "present"})
    assert submit(team, reading, other).json()["version"] == 2
    assert reading.versions.order_by("-number")[0].second_look is None


def test_a_stale_tab_gets_its_conflict_and_no_second_look(team: Team) -> None:
    reading = opened(team, suggestion())
    submit(team, reading, factories.content({ids(team)["nodule"]: "present"}) | {"comment": "x"}, "ask", base=5)
    assert submit(team, reading, absent(team), base=5).status_code == 409
    assert reading.second_look is None


def test_a_withdrawn_patient_takes_both_answers_along(team: Team) -> None:
    reading = opened(team, suggestion())
    submit(team, reading, absent(team))
    submit(team, reading, absent(team), "seen")
    withdraw_patient_here(reading.item.study.patient)
    reading.refresh_from_db()
    version = reading.versions.get()
    assert (reading.second_look, version.second_look, version.unaided) == (None, None, None)


@pytest.fixture
def shared(team: Team) -> Worklist:
    """A list of twelve cases, half of them to be read unaided."""
    studies = factories.make_studies(team.project, 12)
    return factories.make_worklist(team.project, studies, mode="concurrent", unaided_share=0.5)


def drawn(worklist: Worklist) -> set[int]:
    return set(worklist.items.filter(is_always_unaided=True).values_list("study_id", flat=True))


def test_a_larger_share_keeps_the_cases_that_were_drawn(shared: Worklist, team: Team) -> None:
    few = drawn(shared)
    edit_worklist(worklist=shared, user=team.manager, unaided_share=0.95)
    many = drawn(shared)
    assert few <= many
    edit_worklist(worklist=shared, user=team.manager, unaided_share=0.5)
    assert drawn(shared) == few
    edit_worklist(worklist=shared, user=team.manager, unaided_share=1)
    assert len(drawn(shared)) == 12


def test_the_draw_hangs_on_the_sites_key(shared: Worklist, team: Team, settings: Any) -> None:
    before = drawn(shared)
    settings.VAULT_KEY = b"another key, as another site has it"
    edit_worklist(worklist=shared, user=team.manager, unaided_share=0.5)
    assert drawn(shared) != before


def test_a_case_that_is_open_stays_as_it_was_opened(shared: Worklist, team: Team) -> None:
    reading = factories.open_next(shared, team.annotator)
    before = reading.item.is_always_unaided
    edit_worklist(worklist=shared, user=team.manager, unaided_share=0 if before else 1)
    reading.item.refresh_from_db()
    assert reading.item.is_always_unaided == before


def test_a_reference_list_is_never_read_with_help(team: Team) -> None:
    worklist = factories.make_worklist(team.project, [], kind="reference", mode="unaided")
    with pytest.raises(Invalid, match="unaided"):
        edit_worklist(worklist=worklist, user=team.manager, mode="concurrent")
    add_items(worklist=worklist, studies=[])
