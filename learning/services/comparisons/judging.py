"""From the files of finished cells to the table of a comparison."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np

from learning.models import ArmKind, Comparison, ComparisonArm, ComparisonCell
from learning.recipe import Recipe
from learning.services.comparisons.files import HEAD, finished_cells, rows_of
from learning.services.runs import validated


def judge(comparison: Comparison) -> None:
    """Write the figures of what is finished, unless somebody has judged as many cells or more.

    Of two workers that end together each writes what it saw; the one that saw more stands, whichever comes last.
    """
    cells = finished_cells(comparison)
    results = results_of(comparison, cells)
    Comparison.objects.filter(pk=comparison.pk, judged_cells__lt=len(cells)).update(
        results=results, judged_cells=len(cells)
    )


def results_of(comparison: Comparison, cells: list[ComparisonCell]) -> dict[str, Any] | None:
    """As JSON; None while the control arm has no seed with all its folds, `refused` where nothing can be compared."""
    from learning.toolkit.arms import Judging, judge_arms
    from learning.toolkit.data import DataError

    arms = {arm.number: arm for arm in comparison.arms.all()}
    control = next(arm for arm in arms.values() if arm.is_control)
    whole = _whole(comparison, cells)
    if not any(number == control.number for number, _ in whole):
        return None
    tables, folds, patients, findings, truth = _tables(whole)
    by_arm: dict[str, dict[int, Any]] = defaultdict(dict)
    for (number, seed), table in tables.items():
        trivial = arms[number].kind == ArmKind.TRIVIAL
        for one in comparison.seeds if trivial else [seed]:
            by_arm[arms[number].name][one] = table
    on = Judging(truth, folds, findings, patients, margin=comparison.margin)
    try:
        judged = judge_arms(by_arm, on, control=control.name, spent=_spent(comparison, arms.values(), len(truth)))
    except DataError as error:
        return {"refused": str(error)}
    return {"arms": [arm.as_dict() for arm in judged], "n": len(truth), "n_patients": len(set(patients))}


def _whole(comparison: Comparison, cells: list[ComparisonCell]) -> dict[tuple[int, int], list[ComparisonCell]]:
    """(arm number, seed) → its cells, where every fold is there."""
    found: dict[tuple[int, int], list[ComparisonCell]] = defaultdict(list)
    for cell in cells:
        found[cell.arm.number, cell.seed].append(cell)
    return {key: group for key, group in found.items() if len(group) == comparison.folds}


def _tables(
    whole: dict[tuple[int, int], list[ComparisonCell]]
) -> tuple[dict[tuple[int, int], Any], list[int], list[str], list[str], Any]:
    """Probabilities N x F per arm and seed over the same images in one order; folds, patients, columns and targets."""
    read = {key: list(rows_of(group)) for key, group in whole.items()}
    findings = next(iter(read.values()))[0][len(HEAD)::2]
    by_image = {key: {row[2]: row for row in rows[1:]} for key, rows in read.items()}
    common = sorted(set.intersection(*(set(rows) for rows in by_image.values())))
    columns = range(len(HEAD), len(HEAD) + 2 * len(findings), 2)
    tables = {
        key: np.array([[float(rows[uid][c]) for c in columns] for uid in common]) for key, rows in by_image.items()
    }
    first = next(iter(by_image.values()))
    truth = np.array([[float(first[uid][c + 1] or "nan") for c in columns] for uid in common])
    return tables, [int(first[uid][4]) for uid in common], [first[uid][3] for uid in common], findings, truth


def _spent(comparison: Comparison, arms: Any, n: int) -> dict[str, Any]:
    """Steps, trials and augmentation of each trained arm."""
    train = n * (comparison.folds - 1) / comparison.folds
    return {arm.name: _given(arm, validated(arm.recipe), train) for arm in arms if arm.kind == ArmKind.RECIPE}


def _given(arm: ComparisonArm, recipe: Recipe, train: float) -> Any:
    from learning.toolkit.verdict import Spent

    kept = max(1.0, train * (1 - recipe.evaluation.fraction))
    steps = recipe.optimiser.max_steps or recipe.optimiser.max_epochs * math.ceil(kept / recipe.optimiser.batch_size)
    words = ", ".join(f"{k} {v}" for k, v in recipe.augmentation.model_dump(mode="json").items())
    return Spent(steps, recipe.evaluation.trials if recipe.evaluation.tune else 1, words)
