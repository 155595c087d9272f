"""Where the recipes of a comparison come from: presets, saved ones, pasted JSON, earlier runs and arms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import Invalid
from core.models import Project, User
from learning.models import ArmKind, Comparison, ComparisonArm, Run, RunPurpose
from learning.recipe import PRESETS, Recipe, RecipeError
from learning.recipe_strategies import control_of, strategies_of, title_of
from learning.services.comparisons.making import ArmWish, start_comparison
from learning.services.runs import recipe_named, validated
from learning.services.saved_recipes import recipe_saved_as

WORDS = {
    "preset": "a preset's name", "saved": "a saved recipe's name", "recipe": "a whole recipe", "run": "a run's number",
    "arm": "an arm's id",
}


def wish_of(
    project: Project, *, preset: str = "", saved: str = "", recipe: Mapping[str, Any] | None = None,
    run: int | None = None, arm: int | None = None, name: str = "", is_control: bool = False,
) -> ArmWish:
    """One recipe by exactly one of its sources. Raises Invalid for none or several, or what is not there."""
    given = {"preset": preset or None, "saved": saved or None, "recipe": recipe, "run": run, "arm": arm}
    chosen = [key for key, value in given.items() if value is not None]
    if len(chosen) != 1:
        raise Invalid(f"Say which recipe by exactly one of: {', '.join(f'{k} ({w})' for k, w in WORDS.items())}.")
    found, called = _found(project, chosen[0], given[chosen[0]])
    return ArmWish(name.strip() or called, found, is_control)


def _found(project: Project, source: str, value: Any) -> tuple[Recipe, str]:
    if source == "preset":
        if value not in PRESETS:
            raise Invalid(f"No preset {value!r}; presets: {', '.join(PRESETS)}.")
        return PRESETS[value], value
    if source == "saved":
        return recipe_saved_as(project, value)
    if source == "recipe":
        return validated(value), "own recipe"
    if source == "run":
        run = Run.objects.filter(project=project, pk=value).first()
        if run is None:
            raise Invalid(f"There is no run {value} in this project.")
        if run.purpose == RunPurpose.FOREIGN:
            raise Invalid(f"Run {value} was trained elsewhere; there is no recipe of it to train here.")
        return validated(run.recipe), f"run {run.pk}" + (f" {run.recipe_name}" if run.recipe_name else "")
    arm = ComparisonArm.objects.filter(comparison__project=project, kind=ArmKind.RECIPE, pk=value).first()
    if arm is None:
        raise Invalid(f"There is no recipe {value} among this project's comparisons.")
    return validated(arm.recipe), arm.name


def wish_named(project: Project, text: str) -> ArmWish:
    """As the command line writes it: a preset, a JSON file, saved:NAME or run:NUMBER; NAME=… names it in the table."""
    name, equals, rest = text.partition("=")
    given, source = (name, rest) if equals else ("", text)
    if source.startswith("run:") and source[4:].isdigit():
        return wish_of(project, run=int(source[4:]), name=given)
    if source.startswith("saved:"):
        return wish_of(project, saved=source.removeprefix("saved:"), name=given)
    recipe, called = recipe_named(source)
    return ArmWish(given or called, recipe)


def comparable_strategies(recipe: Recipe) -> list[str]:
    """Those of the recipe that a comparison can switch off; pseudolabels take no part in comparisons."""
    return [name for name in strategies_of(recipe) if name != "pseudolabels"]


def compare_with_control(
    *, run: Run, user: User | None, strategy: str = "", seeds: int = 3, folds: int = 5, margin: float = 0.02
) -> Comparison:
    """The run's recipe against the same with its strategy off, on the run's own snapshot.

    strategy  which one where the recipe uses several; the most distinguishing unless named.
    Raises Invalid when the recipe uses none, and as `start_comparison`.
    """
    if run.purpose == RunPurpose.FOREIGN:
        raise Invalid(f"Run {run.pk} was trained elsewhere; there is no recipe of it to train here.")
    recipe = validated(run.recipe)
    on = comparable_strategies(recipe)
    if not on:
        recipe = recipe.model_copy(update={"pseudolabels": Recipe().pseudolabels})
    try:
        control = control_of(recipe, strategy or (on[0] if on else ""))
    except RecipeError as error:
        raise Invalid(str(error)) from None
    off = title_of(strategy or on[0]).lower()
    called = f"run {run.pk}" + (f" {run.recipe_name}" if run.recipe_name else "")
    arms = [ArmWish(f"without {off}"[:60], control, True), ArmWish(called[:60], recipe)]
    return start_comparison(
        project=run.project, user=user, arms=arms, snapshot=run.snapshot, name=f"{called}: what {off} brings",
        seeds=seeds, folds=folds, margin=margin,
    )
