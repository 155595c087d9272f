from __future__ import annotations

from dataclasses import replace

import pytest

from annotation.models import Reading
from core.errors import Conflict, Invalid
from core.models import AuditEvent
from core.services.projects import archive_project, restore_project
from imaging.models import Split
from learning.models import Iteration, ModelState, ModelVersion, Run
from learning.services import turns
from learning.services.loops import corrections_waiting, simulate_readings, step_loop, stop_loop
from learning.services.predictions import champion_of
from learning.services.promotion import allows, judge, override, paired_on_gate
from learning.toolkit.comparison import Comparison
from tests.learning.world import FIRST, World, read, run_here, take_turn
from workers.models import Job

AHEAD = Comparison(0.05, 0.01, 0.09, 0.02, "gain", True, 200, 200, None, {})


@pytest.mark.parametrize(
    ("delta", "low", "superior", "non_inferior"),
    [
        (0.05, 0.01, True, True),
        (0.05, -0.01, False, True),
        (0.05, -0.03, False, False),
        (0.05, 0.0, False, True),
        (0.001, -0.0199, False, True),
        (-0.001, -0.01, False, False),
        (0.0, 0.0, False, False),
    ],
)
def test_the_rule_of_promotion(delta: float, low: float, superior: bool, non_inferior: bool) -> None:
    result = replace(AHEAD, delta=delta, low=low, non_inferior=low > -AHEAD.margin)
    assert allows("superior", result) is superior
    assert allows("non_inferior", result) is non_inferior


def test_a_model_is_no_better_than_itself(world: World) -> None:
    result = paired_on_gate(world.teacher, world.teacher, margin=0.02)
    assert (result.delta, result.low, result.high, result.verdict) == (0, 0, 0, "equivalent")
    assert not judge(challenger=world.teacher, champion=world.teacher, loop=world.loop).promote


def test_too_few_gate_patients_promote_nobody(world: World) -> None:
    gate = Reading.objects.filter(item__study__patient__split=Split.GATE)
    keep = list(gate.values_list("item__study", flat=True)[:15])
    project = world.project
    project.reserved_sets.get(purpose="gate").cases.exclude(study__in=keep).delete()
    decision = judge(challenger=world.teacher, champion=world.teacher, loop=world.loop)
    assert not decision.promote
    assert "a promotion needs 20" in decision.sentence


def test_the_first_teacher_becomes_the_champion(world: World) -> None:
    first = world.loop.iterations.get(number=0)
    assert first.state == "done"
    assert first.promoted
    assert first.labels_spent == FIRST
    assert champion_of(world.project) == world.teacher
    assert world.main.ranking is not None
    assert world.main.ranking.model_version == "model 1"


def test_a_turn_spends_what_was_read_and_compares_with_a_random_arm_of_the_same_budget(world: World) -> None:
    assert read(world.main, "simulated-reader", 6) == 6
    assert corrections_waiting(world.loop) == 6
    turn = take_turn(world)
    assert turn.labels_spent == turn.control["labels_spent"] == FIRST + 6
    assert turn.run is not None
    assert turn.control_run is not None
    assert turn.run.recipe == turn.control_run.recipe
    assert set(turn.control_run.snapshot.rows.values_list("origin", flat=True)) == {"verified"}
    assert turn.control["n"] == turn.gate["n"]
    assert turn.control["comparison"]["low"] <= turn.control["comparison"]["high"]
    assert corrections_waiting(world.loop) == 0
    world.main.refresh_from_db()
    champion = champion_of(world.project)
    assert champion is not None
    assert world.main.ranking is not None
    assert world.main.ranking.model_version == f"model {champion.number}"


def test_the_random_arm_keeps_its_cases_and_adds_to_them(world: World) -> None:
    drawn = []
    for _ in range(2):
        read(world.main, "simulated-reader", 4)
        rows = take_turn(world).control_run.snapshot.rows  # type: ignore[union-attr]
        drawn.append(set(rows.values_list("instance__series__study", flat=True)))
    assert drawn[0] < drawn[1]
    assert len(drawn[1]) - len(drawn[0]) == 4


def test_promoted_or_not_there_is_one_champion_and_a_decision_in_words(world: World) -> None:
    read(world.main, "simulated-reader", 6)
    turn = take_turn(world)
    assert turn.promoted == allows(world.loop.rule, _comparison(turn))
    states = list(ModelVersion.objects.filter(project=world.project).values_list("state", flat=True))
    assert states.count(ModelState.CHAMPION) == 1
    assert ModelState.CANDIDATE not in states
    assert champion_of(world.project) == (turn.challenger if turn.promoted else turn.champion)
    assert f"against model {world.teacher.number}" in turn.decision
    assert "Rule:" in turn.decision


def _comparison(turn: Iteration) -> Comparison:
    assert turn.comparison is not None
    return Comparison(**turn.comparison)


def test_a_manager_may_decide_against_the_rule_with_a_note_that_stays(world: World) -> None:
    read(world.main, "simulated-reader", 6)
    turn = take_turn(world)
    before = champion_of(world.project)
    with pytest.raises(Invalid, match="Say why"):
        override(iteration=turn, user=world.manager, note="  ")
    override(iteration=turn, user=world.manager, note="Its nodules convince.")
    turn.refresh_from_db()
    assert champion_of(world.project) != before
    assert turn.overridden_by == world.manager
    assert turn.override_note == "Its nodules convince."
    assert AuditEvent.objects.filter(action="promotion.overridden").exists()


def test_after_an_override_the_chosen_model_ranks_the_pool(world: World) -> None:
    read(world.main, "simulated-reader", 6)
    turn = take_turn(world)
    override(iteration=turn, user=world.manager, note="Its nodules convince.")
    job = run_here(Job.objects.get(kind="learning.rank"))
    assert job.state == "done", job.failure
    chosen = champion_of(world.project)
    assert chosen is not None
    turn.refresh_from_db()
    world.main.refresh_from_db()
    assert turn.ranking is not None
    assert turn.ranking == world.main.ranking
    assert turn.ranking.model_version == f"model {chosen.number}"


def test_a_turn_that_breaks_off_goes_on_without_training_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read(world.main, "simulated-reader", 6)
    job = step_loop(loop=world.loop, user=None)
    with monkeypatch.context() as patch:
        patch.setattr(turns, "judge", lambda **_: 1 / 0)
        assert run_here(job).state == "queued"
    (student,) = Run.objects.filter(job=job).values_list("pk", flat=True)
    Job.objects.filter(pk=job.pk).update(not_before=None)
    assert run_here(job).state == "done"
    runs = dict(Run.objects.filter(job=job).values_list("purpose", "pk"))
    assert runs == {"student": student, "control": runs["control"]}
    assert ModelVersion.objects.filter(run__in=runs.values()).count() == 2
    assert world.loop.iterations.get(job=job).state == "done"


def test_a_turn_that_cannot_train_says_why_and_the_next_one_can(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from workers.engine import PermanentFailure

    def refuse(**_: object) -> ModelVersion:
        raise PermanentFailure("The snapshot holds no image that a 2-D network can read.")

    with monkeypatch.context() as patch:
        patch.setattr(turns, "train_model", refuse)
        job = run_here(step_loop(loop=world.loop, user=None))
    assert job.state == "failed"
    assert "no image" in job.failure
    assert world.loop.iterations.get(job=job).state == "failed"
    assert take_turn(world).state == "done"


def test_a_stopped_loop_takes_no_step_and_cancels_what_waits(world: World) -> None:
    job = step_loop(loop=world.loop, user=None)
    stop_loop(loop=world.loop)
    job.refresh_from_db()
    assert job.state == "cancelled"
    with pytest.raises(Conflict, match="stopped"):
        step_loop(loop=world.loop, user=None)


def test_simulated_readers_read_their_share_before_each_turn(world: World) -> None:
    simulate_readings(loop=world.loop, user=None, readings=8, turns=2)
    done = 0
    while job := Job.objects.filter(project=world.project, state="queued").order_by("created_at").first():
        assert run_here(job).state == "done", job.failure
        done += 1
    spent = list(world.loop.iterations.values_list("labels_spent", flat=True))
    assert spent == [FIRST, FIRST + 4, FIRST + 8]
    assert done == 4


def test_an_archived_project_takes_no_more_turns_until_somebody_starts_its_loop_again(world: World) -> None:
    archive_project(project=world.project, user=world.manager)
    restore_project(project=world.project, user=world.manager)
    world.loop.refresh_from_db()
    with pytest.raises(Conflict, match="stopped"):
        step_loop(loop=world.loop, user=world.manager)
