"""Recipes that a project keeps, as the training form offers and saves them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from core.models import Project, User
from frontend.forms.recipe import described
from frontend.templatetags.figures import setting
from learning.models import SavedRecipe
from learning.recipe import PRESETS, Recipe, RecipeError, estimate_cost, load_recipe
from learning.recipe_strategies import COMMON, differences
from learning.selectors.training_data import Forecast

OWN = "own recipe"
MOST_WORDS = 3
DESCRIBED = ("imbalance.class_weights", "tuning.kind")
"""Fields that `described` tells of, beside those that all recipes have in common."""


def saved_in(person: User, project: Project, number: str) -> SavedRecipe | None:
    """By the number of an address; None for what is none or is gone."""
    found = SavedRecipe.objects.visible_to(person).filter(project=project)
    return found.filter(pk=number).first() if number.isdigit() else None


def cards(person: User, project: Project, chosen: SavedRecipe | None, cost: Forecast | None) -> list[dict[str, Any]]:
    """Each saved recipe in words, with what it would cost on the labels there are; it may no longer be readable."""
    saved = SavedRecipe.objects.visible_to(person).filter(project=project).select_related("saved_by")
    return [_card(one, chosen is not None and one.pk == chosen.pk, cost) for one in saved]


def in_short(recipe: Recipe) -> str:
    """`described`, and what tells recipes of one network apart: the first settings that are not plain training's."""
    own = [d for d in differences(recipe, Recipe()) if d.field.partition(".")[0] not in (*COMMON, "start")]
    words = [f"{d.title.lower()} {setting(d.value)}" for d in own if d.field not in DESCRIBED]
    return ", ".join([described(recipe), *words[:MOST_WORDS]])


def _card(saved: SavedRecipe, is_chosen: bool, cost: Forecast | None) -> dict[str, Any]:
    try:
        recipe = load_recipe(saved.recipe)
    except RecipeError:
        return {"saved": saved, "words": "of a version that no longer reads", "is_chosen": is_chosen, "seconds": None}
    seconds = None
    if cost is not None:
        threads = os.cpu_count() or 1
        seconds = estimate_cost(recipe, n_images=cost.images, threads=threads, n_patients=cost.studies).seconds
    return {"saved": saved, "words": in_short(recipe), "is_chosen": is_chosen, "seconds": seconds}


def name_of(recipe: Recipe, saved: Iterable[SavedRecipe] = ()) -> str:
    """What a run of it is called: the preset's or the saved recipe's name if it is one."""
    plain = recipe.model_dump(mode="json")
    presets = (name for name, one in PRESETS.items() if one == recipe)
    return next(presets, None) or next((one.name for one in saved if one.recipe == plain), OWN)
