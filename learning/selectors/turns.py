"""The loop's turns as a table and as a curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from learning.models import Iteration, Loop
from learning.selectors.figures import difference_of
from learning.selectors.headline import compared_by, gate_figure
from learning.selectors.labels import LabelsSpent, labels_spent_in
from learning.selectors.loop_story import turn_state, turns_of
from learning.selectors.turn_sentences import VERDICTS, decision_sentence, verdict_sentence

Estimate = dict[str, Any]


@dataclass(frozen=True)
class TurnRow:
    """One turn; figures are None while it has not been judged."""

    turn: Iteration
    state: str
    failure: str
    labels: LabelsSpent | None
    gate: Estimate | None
    n_gate: int
    gate_is_simulated: bool
    difference: Estimate | None
    verdict: str
    verdict_words: str
    random_arm: Estimate | None
    random_labels: int | None
    random_difference: Estimate | None
    random_verdict: str
    random_missing: str
    decision: str
    figure: str = "AUROC"
    """What `gate` is."""


def turn_rows(loop: Loop) -> list[TurnRow]:
    """In order of the turns."""
    return [_row(turn) for turn in turns_of(loop)]


def _row(turn: Iteration) -> TurnRow:
    gate, found, arm = turn.gate or {}, turn.comparison, turn.control or {}
    _, estimate = gate_figure(turn.gate)
    kind = (turn.run.recipe.get("targets") or {}).get("kind", "binary") if turn.run is not None else "binary"
    paired = arm.get("comparison")
    return TurnRow(
        turn=turn, state=turn_state(turn), failure=turn.job.failure if turn.job is not None else "",
        labels=labels_spent_in(turn.run.snapshot) if turn.run is not None else None,
        gate=estimate, n_gate=gate.get("n", 0), gate_is_simulated=bool(gate.get("simulated_readers")),
        difference=difference_of(found) if found else None, verdict=VERDICTS[found["verdict"]] if found else "",
        verdict_words=verdict_sentence(found) if found else "", random_arm=arm.get("macro_auroc"),
        random_labels=arm.get("labels_spent"), random_difference=difference_of(paired) if paired else None,
        random_verdict=verdict_sentence(paired) if paired else "", random_missing=arm.get("missing", ""),
        decision=decision_sentence(turn) if turn.promoted is not None else "", figure=compared_by(kind),
    )


def curve_of(rows: list[TurnRow]) -> list[dict[str, Any]]:
    """Labels spent against the gate figure, student and random arm, for plotting: JSON-ready.

    By labels; of turns that spent as many, the later.
    """
    figure = rows[-1].figure if rows else ""  # a loop that was given another kind of task begins a curve of its own
    judged = (row for row in rows if row.gate is not None and row.figure == figure)
    points = {point["labels"]: point for point in map(_point, judged)}
    return [points[labels] for labels in sorted(points)]


def _point(row: TurnRow) -> dict[str, Any]:
    # The arm begins where the loop began: both share the first teacher.
    arm = row.gate if row.turn.number == 0 else row.random_arm
    return {
        "turn": row.turn.number, "labels": row.labels.studies if row.labels else row.turn.labels_spent,
        "figure": row.figure, "student": row.gate, "random": arm, "promoted": bool(row.turn.promoted), "n": row.n_gate,
    }
