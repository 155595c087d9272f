"""Keeping recipes under names of a project's own, and finding them again."""

from __future__ import annotations

from django.db import transaction

from core import audit
from core.errors import Conflict, Invalid
from core.models import Project, User
from learning.models import SavedRecipe
from learning.recipe import PRESETS, Recipe
from learning.services.runs import validated

LONGEST = 60


def save_recipe(
    *, project: Project, user: User | None, name: str, recipe: Recipe, replace: bool = False
) -> SavedRecipe:
    """Keep the recipe as it is; with `replace` in place of the one that has this name.

    Names differ by more than case. Raises Invalid for a name that will not do, Conflict for one that is taken.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST or "=" in name or name.lower() in PRESETS:
        raise Invalid(
            f"A recipe needs a name of up to {LONGEST} letters, without “=”, that is none of the presets'; "
            f"{name[:LONGEST]!r} will not do."
        )
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)  # two people who save one name come one after the other
        known = SavedRecipe.objects.filter(project=project, name__iexact=name).first()
        if known is not None and not replace:
            raise Conflict(f"There is a recipe {known.name!r} already. Choose another name, or replace it.")
        kept = known or SavedRecipe(project=project)
        kept.name, kept.recipe, kept.saved_by = name, recipe.model_dump(mode="json"), user
        kept.save()
        audit.record(
            "recipe.saved", actor=user, project=project, subject=f"recipe:{kept.pk}", name=name,
            replaced=known is not None,
        )
    return kept


def remove_recipe(*, saved: SavedRecipe, user: User | None) -> None:
    """Its name is free again. Runs and comparisons that used it keep their copies."""
    with transaction.atomic():
        audit.record(
            "recipe.removed", actor=user, project=saved.project, subject=f"recipe:{saved.pk}", name=saved.name
        )
        saved.delete()


def recipe_saved_as(project: Project, name: str) -> tuple[Recipe, str]:
    """A kept recipe and its name, in whatever case it is asked for. Raises Invalid naming those there are."""
    saved = SavedRecipe.objects.filter(project=project, name__iexact=" ".join(name.split())).first()
    if saved is None:
        names = list(SavedRecipe.objects.filter(project=project).values_list("name", flat=True))
        raise Invalid(f"This project has no recipe {name[:LONGEST]!r}; saved are: {', '.join(names) or 'none'}.")
    return validated(saved.recipe), saved.name
