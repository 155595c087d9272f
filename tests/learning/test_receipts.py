"""The receipt of a stretch of reading says what the rows say, to its reader alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import Reading, ReadingVersion, Worklist
from annotation.services.ledger import Line, get_source, open_batch, record_observations, withdraw_batch
from learning.selectors.receipt_words import headline, lines
from learning.services.receipts import PAUSE, make_receipt
from tests import factories
from tests.factories import Team, signed_in
from tests.learning.rows import GATE, make_loop, make_model, make_turn

ESTIMATE = {"value": 0.03, "low": 0.01, "high": 0.05}
COMPARISON = {
    "delta": 0.02, "low": -0.01, "high": 0.05, "margin": 0.02, "verdict": "undecided", "non_inferior": False, "n": 220,
    "n_patients": 220, "cases_to_decide": 5852, "per_finding": {"nodule": ESTIMATE, "effusion": None},
}


@pytest.fixture
def team(db: None) -> Team:
    return factories.make_team()


@pytest.fixture
def worklist(team: Team) -> Worklist:
    factories.make_findings(team.project, ["Nodule", "Effusion"])
    return factories.make_worklist(team.project, factories.make_studies(team.project, 6))


def finding(team: Team, code: str) -> int:
    return int(team.project.findings.get(code=code).pk)


def read(worklist: Worklist, reader: Any, acts: dict[int, str] | None = None) -> Reading:
    """A case read; `acts`: what was done with the suggestion of a finding."""
    reading = factories.open_next(worklist, reader)
    said = {
        str(pk): {"state": "present", "suggestion": {"id": "m1", "act": act}} for pk, act in (acts or {}).items()
    }
    Reading.objects.filter(pk=reading.pk).update(shown=[])
    return factories.submit(reading, None, **({"findings": said, "no_finding": False} if said else {}))


def test_nothing_handed_in_gives_no_receipt(team: Team, worklist: Worklist) -> None:
    assert make_receipt(worklist=worklist, reader=team.annotator) is None
    answer = signed_in(team.annotator).post(f"/api/worklists/{worklist.pk}/receipt/")
    assert answer.json() == {"receipt": None}


def test_it_counts_what_was_read_and_corrected_in_this_stretch_only(team: Team, worklist: Worklist) -> None:
    nodule, effusion = finding(team, "nodule"), finding(team, "effusion")
    old = read(worklist, team.annotator, {nodule: "rejected"})
    ReadingVersion.objects.filter(reading=old).update(submitted_at=timezone.now() - PAUSE - timedelta(minutes=1))
    read(worklist, team.annotator, {nodule: "accepted", effusion: "corrected"})
    read(worklist, team.annotator)
    read(worklist, team.reviewer)
    receipt = make_receipt(worklist=worklist, reader=team.annotator)
    assert receipt is not None
    numbers = receipt.numbers
    assert (numbers["read"], numbers["accepted"], numbers["corrected"], numbers["figure"]) == (2, 1, 1, None)
    assert numbers["left"] == {"read_by_others": 1, "sure": 0}


def test_asked_again_in_one_stretch_it_is_the_same_receipt_brought_up_to_date(team: Team, worklist: Worklist) -> None:
    read(worklist, team.annotator)
    first = make_receipt(worklist=worklist, reader=team.annotator)
    read(worklist, team.annotator)
    second = make_receipt(worklist=worklist, reader=team.annotator)
    assert first is not None
    assert second is not None
    assert (first.pk, second.numbers["read"]) == (second.pk, 2)


def test_cases_that_the_model_became_sure_of_count_once_and_those_it_was_sure_of_before_do_not(
    team: Team, worklist: Worklist
) -> None:
    items = [item.study for item in worklist.items.order_by("pk")]
    before = _pseudolabels(team, [items[4]])
    read(worklist, team.annotator)
    withdraw_batch(batch=before, user=None, note="replaced")
    _pseudolabels(team, items[3:6])
    receipt = make_receipt(worklist=worklist, reader=team.annotator)
    assert receipt is not None
    assert receipt.numbers["left"]["sure"] == 2


def _pseudolabels(team: Team, studies: list[Any]) -> Any:
    source = get_source(project=team.project, kind="model", name="model 1")
    batch = open_batch(project=team.project, source=source, act="pseudolabel")
    nodule = team.project.findings.get(code="nodule")
    record_observations(batch=batch, lines=[Line(nodule, study, "absent", probability=0.01) for study in studies])
    return batch


def test_the_figure_is_that_of_the_turn_that_ended_meanwhile_with_interval_and_verdict(
    team: Team, worklist: Worklist
) -> None:
    loop = make_loop(team.project, worklist)
    champion, student = make_model(team.project, state="retired"), make_model(team.project, state="champion")
    known = {"champion": champion, "challenger": student, "comparison": COMPARISON}
    gate = GATE | {"findings": {"nodule": {"auroc": {"value": 0.84, "low": 0.8, "high": 0.9}, "n": 220}}}
    champion.gate = champion.gate | {"findings": [{"finding": "nodule", "auroc": {"value": 0.81}}]}
    champion.save()
    make_turn(loop, gate=gate, finished_at=timezone.now() - timedelta(days=1), **known)
    read(worklist, team.annotator)
    receipt = make_receipt(worklist=worklist, reader=team.annotator)
    assert receipt is not None
    assert receipt.numbers["figure"] is None
    make_turn(loop, gate=gate, finished_at=timezone.now(), promoted=False, **known)
    made = signed_in(team.annotator).post(f"/api/worklists/{worklist.pk}/receipt/").json()["receipt"]
    told = made["numbers"]["figure"]
    assert (told["turn"], told["verdict"], told["promoted"]) == (1, "undecided", False)
    assert told["macro"] == {
        "finding": "", "before": 0.79, "after": 0.79, "delta": 0.02, "low": -0.01, "high": 0.05,
    }
    assert told["most"] == {
        "finding": "Nodule", "before": 0.81, "after": 0.84, "delta": 0.03, "low": 0.01, "high": 0.05,
    }
    assert "about 5,900 would" in told["sentence"]


@pytest.mark.parametrize("role", ["reviewer", "manager", "admin"])
def test_receipts_are_their_readers_alone(team: Team, worklist: Worklist, role: str) -> None:
    read(worklist, team.annotator)
    make_receipt(worklist=worklist, reader=team.annotator)
    place = f"/api/projects/{team.project.slug}/receipts/"
    assert len(signed_in(team.annotator).get(place).json()) == 1
    assert signed_in(team.person(role)).get(place).json() == []


def test_the_words_say_every_number_and_what_did_not_change() -> None:
    row = {"finding": "Effusion", "before": 0.81, "after": 0.84, "delta": 0.03, "low": -0.01, "high": 0.07}
    figure = {
        "turn": 3, "promoted": False, "n": 220, "simulated_readers": True, "macro": row | {"finding": ""}, "most": row,
        "verdict": "undecided", "sentence": "undecided: 220 cases cannot tell, about 900 would",
    }
    numbers = {
        "read": 42, "amended": 1, "skipped": 0, "accepted": 30, "rejected": 4, "corrected": 9, "seconds": 2520.0,
        "left": {"read_by_others": 5, "sure": 32}, "figure": figure,
    }
    assert headline(numbers) == (
        "42 read, 9 corrected, 37 left the queue, Effusion AUROC .81 → .84 +0.03 [-0.01 to +0.07], undecided"
    )
    told = lines(numbers)
    assert told[0] == "42 cases read in 42 active minutes, 60 per hour; 1 amended."
    assert "sure of 32 unread cases and colleagues read 5" in told[2]
    assert told[-1].endswith("about 900 would. The model before it stays.")
    nothing = numbers | {"accepted": 0, "corrected": 0, "left": {"read_by_others": 0, "sure": 0}, "figure": None}
    assert headline(nothing) == "42 read, 0 corrected, none left the queue meanwhile"
    assert [line.split()[0] for line in lines(nothing)[1:]] == ["No", "No", "No"]
