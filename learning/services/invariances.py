"""What the findings ask of augmentation, joined into the recipe that learns them."""

from __future__ import annotations

from annotation.models import Finding
from core.models import Project
from learning.recipe import Recipe
from learning.recipe_parts.alterations import plan_of
from learning.recipe_parts.invariances import INVARIANCES, Invariance


def asked_of(project: Project, recipe: Recipe) -> dict[Invariance, list[str]]:
    """Invariances that the recipe's findings ask for, with the names of those that do. One network learns them all, so
    what one of them asks for holds for all."""
    findings = Finding.objects.active().filter(project=project)
    if recipe.targets.findings:
        findings = findings.filter(code__in=recipe.targets.findings)
    rows = list(findings.values_list("name", "invariances"))
    asked = {one: [name for name, wanted in rows if one in wanted] for one in INVARIANCES}
    return {one: names for one, names in asked.items() if names}


def bound_recipe(project: Project, recipe: Recipe) -> Recipe:
    """The recipe with its findings' invariances; the same one where it alters nothing or has them all.

    Raises Invalid where the recipe mixes images in a way that a finding forbids.
    """
    from learning.services.runs import validated  # which binds the recipes it starts

    part = recipe.augmentation
    if not (plan_of(part).ranges or part.mixup or part.cutmix):
        return recipe
    asked = asked_of(project, recipe)
    wanted = tuple(one for one in INVARIANCES if one in part.invariances or one in asked)
    if set(wanted) == set(part.invariances):
        return recipe
    data = recipe.model_dump(mode="json")
    data["augmentation"]["invariances"] = wanted
    return validated(data)


def alterations_in_words(project: Project, recipe: Recipe) -> list[str]:
    """Sentences for the form: what is altered, what is left out, and which findings ask for that."""
    part = recipe.augmentation
    asked = asked_of(project, recipe)
    both = tuple(one for one in INVARIANCES if one in part.invariances or one in asked)
    plan = plan_of(part.model_copy(update={"invariances": both}))
    said = [plan.sentence]
    if plan.contains and "scale" in plan.ranges:
        said.append(
            f"Proportions must stay, so images are only made smaller, by up to {2 * plan.ranges['scale']:.0%}, and "
            "moved within the room that this leaves: nothing is cut off."
        )
    said += [f"{', '.join(names)}: asks for {one}." for one, names in asked.items()]
    if len(asked) and len(recipe.targets.findings) != 1:
        said.append("One network learns all findings, so what one of them asks for holds for all.")
    return said
