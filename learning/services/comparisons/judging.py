"""From the files of finished cells to the table of a comparison."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from learning.models import ArmKind, Comparison, ComparisonArm, ComparisonCell
from learning.recipe import Recipe
from learning.recipe_parts import AugmentationPart
from learning.recipe_strategies import differences
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
    on = _common(whole)
    left_out = {arms[number].name: count for number, count in on.left_out.items() if count}
    if not on.folds:
        return {"refused": f"No case can be seen by all recipes, so nothing can be compared. {left_out_told(left_out)}"}
    by_arm: dict[str, dict[int, Any]] = defaultdict(dict)
    for (number, seed), table in on.tables.items():
        trivial = arms[number].kind == ArmKind.TRIVIAL
        for one in comparison.seeds if trivial else [seed]:
            by_arm[arms[number].name][one] = table
    judging = Judging(on.targets, on.folds, on.findings, on.patients, margin=comparison.margin)
    spent = _spent(comparison, arms.values(), control, len(on.folds))
    try:
        judged = judge_arms(by_arm, judging, control=control.name, spent=spent)
    except DataError as error:
        return {"refused": str(error)}
    return {
        "arms": [arm.as_dict() for arm in judged], "n": len(on.folds), "n_patients": len(set(on.patients)),
        "n_all": on.n_all, "left_out": left_out,
    }


def _whole(comparison: Comparison, cells: list[ComparisonCell]) -> dict[tuple[int, int], list[ComparisonCell]]:
    """(arm number, seed) → its cells, where every fold is there."""
    found: dict[tuple[int, int], list[ComparisonCell]] = defaultdict(list)
    for cell in cells:
        found[cell.arm.number, cell.seed].append(cell)
    return {key: group for key, group in found.items() if len(group) == comparison.folds}


@dataclass(frozen=True)
class _Common:
    """The images that every arm held out, in one order, and what each arm said of them.

    tables   (arm number, seed) → N x F probabilities.
    targets  N x F: 1, 0, NaN; NaN also where arms were judged by different answers.
    left_out arm number → how many of the `n_all` images that some arm held out this one did not.
    """

    tables: dict[tuple[int, int], Any]
    targets: Any
    folds: list[int]
    patients: list[str]
    findings: list[str]
    n_all: int
    left_out: dict[int, int]


def _common(whole: dict[tuple[int, int], list[ComparisonCell]]) -> _Common:
    """Pairs the rows of all arms and seeds by image, never by place."""
    read = {key: list(rows_of(group)) for key, group in whole.items()}
    findings = next(iter(read.values()))[0][len(HEAD)::2]
    by_image = {key: {row[2]: row for row in rows[1:]} for key, rows in read.items()}
    everything = set().union(*by_image.values())
    common = sorted(everything.intersection(*by_image.values()))
    tables = {key: _columns(rows, common, findings, 0) for key, rows in by_image.items()}
    first, *others = (_columns(rows, common, findings, 1) for rows in by_image.values())
    for other in others:
        first[first != other] = np.nan
    told = [next(iter(by_image.values()))[uid] for uid in common]
    left_out = {number: len(everything) - len(rows) for (number, _), rows in by_image.items()}
    return _Common(
        tables, first, [int(row[4]) for row in told], [row[3] for row in told], findings, len(everything), left_out
    )


def _columns(rows: dict[str, list[str]], uids: list[str], findings: list[str], offset: int) -> Any:
    """N x F of these images: probabilities at offset 0, targets at 1."""
    places = range(len(HEAD) + offset, len(HEAD) + 2 * len(findings), 2)
    return np.array([[float(rows[uid][c] or "nan") for c in places] for uid in uids]).reshape(len(uids), len(findings))


def left_out_told(left_out: Mapping[str, int]) -> str:
    return "; ".join(f"{name} leaves out {count}" for name, count in left_out.items())


def _spent(comparison: Comparison, arms: Iterable[ComparisonArm], control: ComparisonArm, n: int) -> dict[str, Any]:
    """Steps, trials and augmentation of each trained arm; augmentation that is itself what is tried counts as given."""
    train, plain = n * (comparison.folds - 1) / comparison.folds, validated(control.recipe)
    found = {}
    for arm in arms:
        if arm.kind == ArmKind.RECIPE:
            recipe = validated(arm.recipe)
            is_unequal = any(d.is_unequal and d.field.startswith("augmentation.") for d in differences(recipe, plain))
            found[arm.name] = _given(recipe, (recipe if is_unequal else plain).augmentation, train)
    return found


def _given(recipe: Recipe, augmentation: AugmentationPart, train: float) -> Any:
    from learning.toolkit.verdict import Spent

    kept = max(1.0, train * (1 - recipe.evaluation.fraction))
    steps = recipe.optimiser.max_steps or recipe.optimiser.max_epochs * math.ceil(kept / recipe.optimiser.batch_size)
    told = {"kind": augmentation.kind} | augmentation.model_dump(mode="json", exclude_defaults=True)
    words = ", ".join(f"{name} {value}" for name, value in told.items())
    return Spent(steps, recipe.evaluation.trials if recipe.evaluation.tune else 1, words)
