"""What sets a recipe apart, and the control arm that follows."""

from __future__ import annotations

from typing import Any

import pytest

from learning.recipe import PRESETS, Recipe, RecipeError, load_recipe
from learning.recipe_strategies import control_of, differences, strategies_of

WEIGHTS = {"imbalance": {"class_weights": "inverse_prevalence"}}
FROM_MODEL = {"start": {"kind": "checkpoint", "model": "model 3"}}


@pytest.mark.parametrize(
    ("settings", "on"),
    [
        ({}, ()),
        ({"input": {"size": 64}, "optimiser": {"max_epochs": 5}, "seed": 3}, ()),
        (WEIGHTS, ("imbalance",)),
        (WEIGHTS | FROM_MODEL, ("start", "imbalance")),
        (WEIGHTS | {"pseudolabels": {"weight": 0.5}}, ("pseudolabels", "imbalance")),
    ],
)
def test_strategies_are_what_is_neither_input_nor_length_of_training(
    settings: dict[str, Any], on: tuple[str, ...]
) -> None:
    assert strategies_of(load_recipe(settings)) == on


def test_the_control_arm_is_the_same_training_without_the_strategy() -> None:
    recipe = load_recipe(WEIGHTS | FROM_MODEL | {"optimiser": {"max_epochs": 7}, "input": {"size": 64}})
    control = control_of(recipe)
    assert control.start == Recipe().start
    assert control.model_copy(update={"start": recipe.start}) == recipe
    assert control_of(recipe, "imbalance").imbalance == Recipe().imbalance
    assert control_of(recipe, "imbalance").start == recipe.start


def test_the_control_of_any_preset_differs_from_it_in_its_strategy_alone() -> None:
    for name, recipe in PRESETS.items():
        for strategy in strategies_of(recipe):
            found = differences(recipe, control_of(recipe, strategy))
            assert strategy in {d.field.partition(".")[0] for d in found}, name
            assert not any(d.is_unequal for d in found), name


def test_augmentation_is_a_strategy_alone_and_beside_another_one_something_that_was_not_given_alike() -> None:
    strong = {"augmentation": {"kind": "strong"}}
    assert [d.is_unequal for d in differences(load_recipe(strong), Recipe())] == [False]
    both = {d.field: d.is_unequal for d in differences(load_recipe(strong | WEIGHTS), Recipe())}
    assert both == {"imbalance.class_weights": False, "augmentation.kind": True}


def test_without_an_earlier_model_there_is_nothing_to_tune() -> None:
    recipe = load_recipe(FROM_MODEL | {"tuning": {"kind": "frozen"}})
    assert control_of(recipe) == Recipe()
    assert control_of(recipe, "tuning").start == recipe.start


def test_the_control_arm_of_hand_crafted_features_is_a_network_from_scratch() -> None:
    recipe = load_recipe({"network": {"name": "hog"}, "tuning": {"kind": "frozen"}, "input": {"size": 64}})
    assert control_of(recipe) == load_recipe({"input": {"size": 64}})


@pytest.mark.parametrize(
    ("settings", "strategy", "told"), [({}, "", "plain training"), (WEIGHTS, "start", "it uses: imbalance")]
)
def test_a_recipe_without_the_strategy_has_no_control_arm(settings: dict[str, Any], strategy: str, told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        control_of(load_recipe(settings), strategy)


def test_differences_name_the_field_and_whether_the_arms_were_treated_alike() -> None:
    one, other = load_recipe(WEIGHTS | {"seed": 1}), load_recipe({"optimiser": {"max_epochs": 80}})
    found = {d.field: (d.value, d.other, d.is_unequal) for d in differences(one, other)}
    assert found == {
        "imbalance.class_weights": ("inverse_prevalence", "none", False),
        "optimiser.max_epochs": (40, 80, True),
    }
