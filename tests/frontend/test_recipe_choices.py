"""What the choices of a recipe mean is told beside them."""

from __future__ import annotations

import pytest

from frontend.forms.choices_told import told_by_choice
from frontend.forms.recipe import RecipeField, sections_of
from learning.recipe import Recipe


def fields() -> dict[str, RecipeField]:
    sections = sections_of(Recipe().model_dump(mode="json"))
    return {field.path: field for section in sections for field in section.fields}


def test_the_help_is_what_holds_for_all_choices_and_each_has_its_own_words() -> None:
    general, own = told_by_choice("Of all. up, down: along; left: across. A last word.", ["up", "down", "left"])
    assert general == "Of all."
    assert own == {"up": "along", "down": "along", "left": "across. A last word"}


def test_help_that_names_no_choice_stays_whole() -> None:
    assert told_by_choice("Both: one and the other.", ["max", "mean"]) == ("Both: one and the other.", {})


@pytest.mark.parametrize("path", ["network.name", "tuning.kind", "targets.kind", "input.volume", "evaluation.kind"])
def test_every_choice_of_what_matters_most_is_told(path: str) -> None:
    field = fields()[path]
    assert set(field.meanings) == {value for value, _ in field.choices}
    assert field.meaning == field.meanings[field.value]


def test_settings_to_search_for_have_the_titles_of_their_fields() -> None:
    assert ("optimiser.learning_rate", "Learning rate") in fields()["evaluation.tune"].choices
