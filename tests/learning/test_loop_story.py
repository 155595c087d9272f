"""The loop's sentences: what is said, and what must not be."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from core.models import User
from learning.models import Iteration, Loop, ModelVersion, Run, Snapshot
from learning.selectors.figures import interval_text
from learning.selectors.labels import LabelsSpent
from learning.selectors.loop_story import (
    corrections_sentence,
    headline,
    labels_sentence,
    loop_state,
    rule_sentence,
    story_of,
    turn_state,
)
from learning.selectors.turn_sentences import (
    decision_sentence,
    difference_sentence,
    moved_sentence,
    random_arm_sentence,
    verdict_sentence,
)
from learning.services.loops import corrections_waiting
from tests.factories import make_studies, make_team, make_worklist, open_next, submit
from workers.models import Job

GATE = {"macro_auroc": {"value": 0.7914, "low": 0.752, "high": 0.828}, "n": 220, "n_patients": 220,
        "simulated_readers": True, "findings": {}}


def comparison(delta: float, low: float, high: float, verdict: str, **more: Any) -> dict[str, Any]:
    return {"delta": delta, "low": low, "high": high, "margin": 0.02, "verdict": verdict, "n": 220,
            "non_inferior": low > -0.02, "cases_to_decide": None, **more}


UNDECIDED = comparison(0.012, -0.010, 0.034, "undecided", cases_to_decide=900)


def turn(**fields: Any) -> Iteration:
    """Turn 3: model 3 against model 2."""
    known = {"number": 3, "champion": ModelVersion(number=2), "challenger": ModelVersion(number=3), "gate": GATE,
             "comparison": UNDECIDED, "promoted": True}
    return Iteration(**(known | fields))


@pytest.mark.parametrize(("found", "promoted", "why"), [
    (comparison(0.03, 0.01, 0.05, "gain"), True, "Model 3 was promoted: it is superior."),
    (UNDECIDED, True, "Model 3 was promoted: it is ahead and not worse than 0.02 with confidence."),
    (comparison(-0.05, -0.08, -0.03, "harm"), False, "Model 3 was not promoted: it is worse."),
    (comparison(0.01, -0.05, 0.07, "undecided"), False, "Model 3 was not promoted: it may be worse by more than 0.02."),
    (comparison(-0.001, -0.01, 0.01, "equivalent"), False, "Model 3 was not promoted: it is not ahead."),
    (UNDECIDED, False, "Model 3 was not promoted: it is ahead, but not with the confidence that the rule demands."),
])
def test_a_decision_says_why_from_its_figures_alone(found: dict[str, Any], promoted: bool, why: str) -> None:
    assert decision_sentence(turn(comparison=found, promoted=promoted)) == why


@pytest.mark.parametrize(("found", "words"), [
    (comparison(0.03, 0.01, 0.05, "gain"), "superior"),
    (comparison(0.0, -0.01, 0.01, "equivalent"), "equivalent within 0.02: no gain"),
    (comparison(-0.05, -0.08, -0.03, "harm"), "inferior"),
    (UNDECIDED, "undecided: 220 cases cannot tell, about 900 would"),
    (comparison(0.01, -0.1, 0.1, "undecided", cases_to_decide=5852),
     "undecided: 220 cases cannot tell, about 5,900 would"),
])
def test_every_verdict_has_plain_words(found: dict[str, Any], words: str) -> None:
    assert verdict_sentence(found) == words


def test_the_first_teacher_is_promoted_for_want_of_another() -> None:
    first = turn(number=0, champion=None, challenger=ModelVersion(number=1), comparison=None)
    assert decision_sentence(first) == "Model 1 is the first, so it became the champion."
    assert difference_sentence(first) == ""


def test_an_override_names_the_person_and_the_note() -> None:
    overridden = turn(promoted=False, overridden_by=User(username="maria"), override_note="Its boxes are worse.")
    assert decision_sentence(overridden) == (
        "Model 3 was not promoted: maria decided against the rule: Its boxes are worse."
    )


def test_a_turn_that_the_gate_could_not_judge_keeps_its_own_reason() -> None:
    unread = turn(comparison=None, promoted=False, decision="No gate case has been read by a reader.")
    assert decision_sentence(unread) == "Model 3 was not promoted: no gate case has been read by a reader."


def test_the_random_arm_is_shown_with_its_interval_or_with_the_reason_of_its_absence() -> None:
    arm = {"macro_auroc": {"value": 0.77, "low": 0.73, "high": 0.81}, "n": 220, "labels_spent": 150}
    paired = arm | {"comparison": comparison(0.021, -0.01, 0.05, "undecided")}
    assert random_arm_sentence(turn(control=None)) == ""
    assert random_arm_sentence(turn(control={"missing": "No random arm: …"})) == "No random arm: …"
    assert random_arm_sentence(turn(control=arm)) == (
        "Random arm at 150 labels: 0.770 (0.730 to 0.810), same 220 cases."
    )
    assert "Ranked minus random: +0.021 (-0.010 to +0.050), undecided." in random_arm_sentence(turn(control=paired))


MOVED = [
    {"study": 1, "label": "P-17", "from": 340, "to": 4, "why": "Pleural effusion 0.52: nearest to undecided"},
    {"study": 2, "label": "P-18", "from": 200, "to": 9, "why": "Pleural effusion 0.49: nearest to undecided"},
    {"study": 4, "label": "P-20", "from": 120, "to": 60, "why": "Pleural effusion 0.55: nearest to undecided"},
    {"study": 3, "label": "P-19", "from": 2, "to": 150, "why": "Nodule 0.12: nearest to undecided"},
]


def test_what_moved_is_told_without_naming_a_case_or_its_probability() -> None:
    told = moved_sentence(turn(moved=MOVED))
    assert "3 went up and 1 down, the furthest from place 340 to 4" in told
    assert "Pleural effusion nearest to undecided (3)" in told
    assert not any(secret in told for secret in ("P-17", "0.52", "0.49"))
    assert "Nodule" not in told, "a cause of one case is soon known to be that case's"


@pytest.mark.parametrize(("fields", "told"), [
    ({"state": "ranking"}, ""),
    ({"state": "done", "ranking_id": None},
     "Every case of the worklist has been read, so there is nothing left to rank."),
    ({"state": "done", "ranking_id": 1, "promoted": False},
     "No case moved in the queue: the champion stayed, so its order did."),
    ({"state": "done", "ranking_id": 1, "promoted": True}, ""),
])
def test_a_queue_that_stayed_as_it_was_says_why(fields: dict[str, Any], told: str) -> None:
    assert moved_sentence(turn(**fields)) == told


def test_the_headline_says_labels_figure_difference_decision_and_what_moved() -> None:
    told = headline(labels_sentence(LabelsSpent(152, 148)), turn(moved=MOVED))
    assert told.startswith(
        "152 labels spent, 148 of them by simulated readers; turn 3: gate AUROC 0.791 (0.752 to 0.828) on 220 cases, "
        "read by simulated readers; +0.012 (-0.010 to +0.034) against model 2: undecided: 220 cases cannot tell, "
        "about 900 would. Model 3 was promoted: it is ahead and not worse than 0.02 with confidence. In the queue,"
    )


def test_figures_without_an_interval_say_so() -> None:
    assert interval_text({"value": 0.5, "low": None, "high": None}) == "0.500 (too few cases for an interval)"
    assert interval_text(None) == "not defined"


@pytest.mark.parametrize(("state", "job", "seen"), [
    ("training", "running", "training"), ("training", "cancelled", "cancelled"), ("judging", "failed", "failed"),
    ("failed", "queued", "training"), ("done", "done", "done"), ("done", "failed", "done"),
])
def test_a_turn_whose_job_ended_is_not_called_running(state: str, job: str, seen: str) -> None:
    assert turn_state(Iteration(state=state, job=Job(state=job))) == seen


def test_the_rule_is_told_in_words() -> None:
    assert "stays above -0.02" in rule_sentence(Loop(rule="non_inferior", margin=0.02))
    assert "lies above 0" in rule_sentence(Loop(rule="superior"))


def test_more_corrections_than_a_turn_needs_are_said_to_be_enough() -> None:
    told = corrections_sentence(34, Loop(is_running=True, corrections_per_turn=10), "waiting")
    assert told == "34 corrections wait, 10 are enough for a turn."


@pytest.mark.parametrize(("is_running", "state", "words"), [
    (True, "waiting", "4 of 10 corrections towards the next turn."),
    (True, "turn running", "4 of 10 corrections wait for the turn after this one."),
    (False, "stopped", "4 of 10 corrections wait; the loop is stopped, so no turn will start."),
])
def test_corrections_say_what_they_wait_for(is_running: bool, state: str, words: str) -> None:
    assert corrections_sentence(4, Loop(is_running=is_running, corrections_per_turn=10), state) == words


@pytest.mark.django_db
def test_corrections_are_counted_from_the_last_turn_that_was_not_cut_short() -> None:
    team = make_team()
    worklist = make_worklist(team.project, make_studies(team.project, 3))
    now = timezone.now()
    loop = Loop.objects.create(project=team.project, worklist=worklist, recipe={}, is_running=True, started_at=now)
    submit(open_next(worklist, team.annotator))
    job = Job.objects.create(kind="learning.turn", project=team.project, state="cancelled", finished_at=timezone.now())
    snapshot = Snapshot.objects.create(project=team.project, hash="0" * 64, findings=[])
    run = Run.objects.create(project=team.project, recipe={}, snapshot=snapshot, job=job)
    Iteration.objects.create(loop=loop, number=0, job=job, run=run)
    submit(open_next(worklist, team.annotator))
    assert corrections_waiting(loop) == 2
    story = story_of(loop)
    assert story.state == "waiting"
    assert loop_state(loop, Iteration.objects.get()) == "waiting"
    assert story.headline == "No turn has been judged yet. 2 of 10 corrections towards the next turn."
