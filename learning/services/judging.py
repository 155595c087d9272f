"""Figures of a model on cases that it did not learn from, by kind of task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.models import Project
from learning.services.closer_look import by_repeat
from learning.services.gate import judge_on, operating_points, reserved_cases
from learning.services.gate_masks import gate_masks
from learning.services.gate_pairs import judge_pairs, reserved_pairs

if TYPE_CHECKING:
    from learning.toolkit.crossfit import Outcome
    from learning.toolkit.data import Examples
    from learning.toolkit.export import ModelCard

Table = npt.NDArray[np.float64]


def figures(card: ModelCard, probabilities: Table, targets: Table, patients: Sequence[str]) -> dict[str, Any]:
    """Every column's figures, and what the kind of task has beyond them.

    probabilities  N x F, or S x N x F of S repeats; calibrated already.
    """
    from learning.toolkit.class_metrics import task_figures
    from learning.toolkit.evaluation import evaluate

    points, points_from = operating_points(card)
    result = evaluate(
        probabilities, targets, findings=card.findings, patients=patients, points=points, points_from=points_from
    )
    first = probabilities[0] if probabilities.ndim == 3 else probabilities
    return result.as_dict() | task_figures(card.recipe.targets.kind, card.findings, first, targets, patients)


def held_out_figures(card: ModelCard, examples: Examples, outcome: Outcome) -> dict[str, Any]:
    """On patients that the predicting model had not seen."""
    calibrated = {"calibrated": card.temperatures is not None}
    if outcome.mask_scores is not None:
        from learning.toolkit.segment import evaluate_masks

        once = outcome.repeats == 0
        patients = [examples.patients[row] for row in outcome.rows[once]]
        return evaluate_masks(outcome.mask_scores[once], findings=examples.findings, patients=patients) | calibrated
    rows, tables = by_repeat(outcome)
    probabilities = np.stack([np.asarray(card.calibrated(table), np.float64) for table in tables])
    patients = [examples.patients[row] for row in rows]
    return figures(card, probabilities, examples.targets[rows].astype(np.float64), patients) | calibrated


def gate_figures(project: Project, model: Any, card: ModelCard) -> dict[str, Any] | None:
    """On the gate set, as `figures`; None when there is none or nobody has read it."""
    kind = card.recipe.targets.kind
    if kind == "segmentation":
        return gate_masks(project, model, card.findings)
    if kind == "progression":
        cases, rows = reserved_pairs(project, "gate", card.findings)
        probabilities, targets, patients = judge_pairs(rows, model, card), cases.targets, cases.patients
    else:
        cases = reserved_cases(project, "gate", card.findings)
        probabilities, targets, patients = judge_on(project, cases, model, card)
    if not len(probabilities):
        return None
    return figures(card, probabilities, targets, patients) | {"simulated_readers": cases.simulated}
