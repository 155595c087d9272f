"""The loop told in sentences. Page, reading room, API and command line all take their words from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db.models import QuerySet

from learning.models import Iteration, Loop
from learning.selectors.figures import cases_text, interval_text
from learning.selectors.headline import compared_by, gate_figure
from learning.selectors.labels import LabelsSpent, labels_spent_in
from learning.selectors.turn_sentences import (
    decision_sentence,
    difference_sentence,
    figure_sentence,
    moved_sentence,
    random_arm_sentence,
)
from learning.services.loops import TURN, corrections_waiting
from workers.models import Job


@dataclass(frozen=True)
class LoopStory:
    """What a loop has done and is doing. Every field is a sentence, or empty when there is nothing to say."""

    state: str
    """waiting, turn running, stopped or failed"""
    headline: str
    """Two or three sentences: labels spent, the last turn's figure, promoted or not and why, what moved."""
    labels: str
    figure: str
    difference: str
    random_arm: str
    decision: str
    moved: str
    corrections: str
    rule: str

    def as_dict(self) -> dict[str, str]:
        """JSON-ready."""
        return asdict(self)


def story_of(loop: Loop) -> LoopStory:
    """The story of a project's loop as it stands now."""
    turns = list(turns_of(loop))
    judged = next((t for t in reversed(turns) if t.promoted is not None), None)
    state = loop_state(loop, turns[-1] if turns else None, is_queued=turn_is_queued(loop))
    corrections = corrections_sentence(corrections_waiting(loop), loop, state)
    if judged is None:
        return LoopStory(
            state=state, headline=f"{_opening(state, turns)} {corrections}", labels="", figure="", difference="",
            random_arm="", decision="", moved="", corrections=corrections, rule=rule_sentence(loop),
        )
    labels = labels_sentence(labels_spent_in(judged.run.snapshot) if judged.run is not None else None)
    return LoopStory(
        state=state, headline=headline(labels, judged), labels=labels, figure=figure_sentence(judged),
        difference=difference_sentence(judged), random_arm=random_arm_sentence(judged),
        decision=decision_sentence(judged), moved=moved_sentence(judged), corrections=corrections,
        rule=rule_sentence(loop),
    )


def turns_of(loop: Loop) -> QuerySet[Iteration]:
    """The loop's turns in order, with everything that is told about them."""
    related = ("job", "champion", "challenger", "overridden_by", "run__snapshot", "control_run__snapshot")
    return loop.iterations.select_related(*related).order_by("number")


def turn_state(turn: Iteration) -> str:
    """The turn's state; what became of its job counts where the turn could not write it down itself."""
    job = turn.job.state if turn.job is not None else ""
    if turn.state != "done" and job in ("failed", "cancelled"):
        return job
    return "training" if turn.state in ("failed", "cancelled") and job in ("queued", "running") else turn.state


def turn_is_queued(loop: Loop) -> bool:
    """A turn is asked for or under way; its row is written when it begins."""
    return Job.objects.filter(project=loop.project_id, kind=TURN, state__in=["queued", "running"]).exists()


def loop_state(loop: Loop, last: Iteration | None, *, is_queued: bool = False) -> str:
    if is_queued or (last is not None and turn_state(last) in ("training", "judging", "ranking")):
        return "turn running"
    if not loop.is_running:
        return "stopped"
    return "failed" if last is not None and turn_state(last) == "failed" else "waiting"


def _opening(state: str, turns: Sequence[Iteration]) -> str:
    if state == "turn running":
        return "The first teacher is being trained."
    if state == "failed":
        job = turns[-1].job
        return f"The first turn failed. {job.failure if job is not None else ''}".strip()
    return "No turn has been judged yet."


def labels_sentence(spent: LabelsSpent | None) -> str:
    """`152 labels spent, 148 of them by simulated readers`; no full stop, it opens the headline."""
    if spent is None:
        return ""
    text = f"{spent.studies} label{'' if spent.studies == 1 else 's'} spent"
    if not spent.simulated:
        return text
    return f"{text}, {'all' if spent.simulated == spent.studies else spent.simulated} of them by simulated readers"


def corrections_sentence(waiting: int, loop: Loop, state: str) -> str:
    """How many corrections wait for the next turn."""
    of = f"{waiting} of {loop.corrections_per_turn} corrections"
    if not loop.is_running:
        return f"{of} wait; the loop is stopped, so no turn will start."
    if state == "turn running":
        return f"{of} wait for the turn after this one."
    if waiting >= loop.corrections_per_turn:
        return f"{waiting} corrections wait, {loop.corrections_per_turn} are enough for a turn."
    return f"{of} towards the next turn."


def rule_sentence(loop: Loop) -> str:
    """The rule of promotion in words."""
    figure = compared_by(((loop.recipe or {}).get("targets") or {}).get("kind", "binary"))
    compared = f"the 95 % interval of its {figure} minus the champion's, on the same gate cases,"
    if loop.rule == "superior":
        return f"A student is promoted if it is superior: {compared} lies above 0."
    return f"A student is promoted if it is ahead and not inferior: {compared} stays above -{loop.margin:g}."


def headline(labels: str, turn: Iteration) -> str:
    """What a reader takes in between two cases."""
    gate = turn.gate
    figure = "the first teacher" if turn.champion is None else f"turn {turn.number}"
    name, estimate = gate_figure(gate)
    if gate is not None and estimate is not None:
        cases = cases_text(gate["n"], simulated=gate["simulated_readers"])
        figure += f": gate {name} {interval_text(estimate)} on {cases}"
    parts = [labels, figure, difference_sentence(turn).rstrip(".")]
    told = "; ".join(part for part in parts if part)
    moved = moved_sentence(turn).partition(" Those that")[0]
    return f"{told}. {decision_sentence(turn)} {moved}".strip()
