"""Which strategies a recipe uses, the recipe without one of them, and where two recipes differ.

A section that says neither what is learned nor how long counts as a strategy; its plain form is its default.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from learning.recipe import Recipe, RecipeError, load_recipe
from learning.recipe_parts.network import HAND_CRAFTED

COMMON = ("version", "input", "network", "targets", "optimiser", "evaluation", "precision", "seed")
"""Not strategies: what is seen and predicted, the network, the length of training, the judging."""
DISTINGUISHING = ("unlabelled", "pseudolabels", "start", "tuning", "imbalance", "augmentation", "regularisation")
"""Where several strategies are on, the first of these is what sets the recipe apart."""
GO_WITH = {"start": ("tuning",)}
"""What means nothing without the strategy: how to tune weights that come from nowhere."""
EQUAL = ("input", "network", "optimiser", "evaluation", "precision")
"""What a control arm must share: a difference here is more training, or another network, not the strategy."""
IGNORED = ("seed", "evaluation.kind", "evaluation.folds", "evaluation.repeats")
"""A comparison gives all arms the same seeds and folds."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two recipes fill differently; `is_unequal` when control arms ought to share it."""

    field: str
    title: str
    value: Any
    other: Any
    is_unequal: bool


def strategies_of(recipe: Recipe) -> tuple[str, ...]:
    """Sections in which the recipe does something else than plain training, most distinguishing first.

    >>> strategies_of(load_recipe({"imbalance": {"class_weights": "inverse_prevalence"}}))
    ('imbalance',)
    """
    plain = Recipe()
    on = [name for name in Recipe.model_fields if name not in COMMON and getattr(recipe, name) != getattr(plain, name)]
    return tuple(sorted(on, key=_place))


def control_of(recipe: Recipe, strategy: str = "") -> Recipe:
    """The recipe with one strategy off and everything else the same; without a name the most distinguishing one.

    What cannot stand without that strategy goes with it: tuning with its start, and in the end the network, where
    hand-crafted features stand in for one. Raises RecipeError for a recipe that uses no strategy, and
    for one that it does not use.

    >>> control_of(load_recipe({"imbalance": {"class_weights": "inverse_prevalence"}})) == Recipe()
    True
    """
    on = strategies_of(recipe)
    if not on:
        raise RecipeError(
            "This recipe is plain training: there is no strategy to switch off. Compare it with another recipe."
        )
    if strategy and strategy not in on:
        raise RecipeError(f"This recipe does not use {strategy!r}; it uses: {', '.join(on)}.")
    chosen = strategy or on[0]
    first = [chosen, *GO_WITH.get(chosen, ())]
    rest = [name for name in on if name not in first]
    for off in (first, *([*first, name] for name in rest), [*first, *rest], [*first, *rest, "network"]):
        try:
            return load_recipe({k: v for k, v in recipe.model_dump(mode="json").items() if k not in off})
        except RecipeError:
            continue
    raise RecipeError(f"Without {chosen} this recipe is not valid; write its control arm yourself.")


def differences(recipe: Recipe, other: Recipe) -> tuple[Difference, ...]:
    """Fields that differ, in the order of the recipe; seeds and folds are left out.

    >>> [d.field for d in differences(load_recipe({"input": {"size": 64}}), Recipe())]
    ['input.size']
    """
    computed = {recipe.network.name, other.network.name} & set(HAND_CRAFTED)
    equal = [name for name in EQUAL if not (computed and name == "network")]  # features in place of it: the strategy
    found = [one for one in _fields(recipe, other) if one[2] != one[3] and one[0] not in IGNORED]
    sections = {path.partition(".")[0] for path, *_ in found}
    if sections - {"augmentation", "targets", *equal}:  # it would be two strategies, and nobody knew which one did it
        equal.append("augmentation")
    return tuple(Difference(*one, one[0].partition(".")[0] in equal) for one in found)


def alike(recipe: Recipe, other: Recipe) -> bool:
    """Nothing differs that a comparison would not give all arms alike.

    >>> alike(Recipe(), Recipe(seed=3))
    True
    """
    return not differences(recipe, other)


def title_of(section: str) -> str:
    """The section's name as forms show it."""
    return Recipe.model_fields[section].title or section


def _place(name: str) -> tuple[int, str]:
    return (DISTINGUISHING.index(name) if name in DISTINGUISHING else len(DISTINGUISHING), name)


def _fields(one: BaseModel, other: BaseModel, before: str = "") -> Iterator[tuple[str, str, Any, Any]]:
    for name, info in type(one).model_fields.items():
        mine, theirs = getattr(one, name), getattr(other, name)
        if isinstance(mine, BaseModel) and type(mine) is type(theirs):
            yield from _fields(mine, theirs, f"{before}{name}.")
        else:
            yield f"{before}{name}", info.title or name, mine, theirs
