"""What a comparison would cost, before anything is frozen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import Invalid
from core.models import Project
from learning.recipe import Recipe, RecipeError, estimate_cost
from learning.services.comparisons.making import ArmWish
from learning.services.snapshots import labelled_images


@dataclass(frozen=True)
class ArmCost:
    name: str
    is_control: bool
    seconds: float


@dataclass(frozen=True)
class ComparisonCost:
    """Seconds of computing by one worker; several share them."""

    arms: list[ArmCost]
    trainings: int
    images: int
    studies: int
    seconds: float


def comparison_cost(project: Project, arms: Sequence[ArmWish], settings: dict[str, Any]) -> ComparisonCost:
    """Raises Invalid for fewer than two recipes, and when nothing is labelled."""
    if len(arms) < 2:
        raise Invalid("Tick at least two recipes: one of them is the control arm.")
    studies = labelled_images(project=project, sources=settings["sources"], findings=settings["findings"])
    images, per_arm = sum(studies.values()), settings["seeds"] * settings["folds"]
    has_control = any(arm.is_control for arm in arms)
    costs = [
        ArmCost(arm.name, arm.is_control or (not has_control and not number), per_arm * _seconds(arm.recipe, images))
        for number, arm in enumerate(arms)
    ]
    return ComparisonCost(costs, per_arm * len(arms), images, len(studies), sum(cost.seconds for cost in costs))


def _seconds(recipe: Recipe, images: int) -> float:
    """One training of the comparison, which holds out once."""
    once = recipe.model_copy(update={"evaluation": recipe.evaluation.model_copy(update={"kind": "holdout"})})
    try:
        return estimate_cost(once, n_images=images, threads=os.cpu_count() or 1).seconds
    except RecipeError as error:
        raise Invalid(str(error)) from None
