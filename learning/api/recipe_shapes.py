"""Shapes of recipes: which one, on whose labels, and what it will cost."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.errors import Invalid
from learning.recipe import PRESETS, Recipe
from learning.services.runs import recipe_named, validated

SOURCES = ("reader", "report", "record", "consensus", "unknown")
"""Whose labels a run may be asked to train on. A model's pseudolabels enter through the loop only."""


class RecipeChoice(serializers.Serializer[Any]):
    """A preset by name, or a whole recipe; and the kinds of sources whose labels are used."""

    preset = serializers.ChoiceField(choices=sorted(PRESETS), required=False)
    recipe = serializers.DictField(required=False, help_text="As /api/recipes/schema/ describes it.")
    name = serializers.CharField(required=False, max_length=60, help_text="What the run is called; the preset's name.")
    sources = serializers.ListField(
        child=serializers.ChoiceField(choices=SOURCES), required=False, default=["reader"], allow_empty=False,
        help_text="Readers' answers win over the other kinds.",
    )

    def chosen(self) -> tuple[Recipe, str]:
        """The validated recipe and its name. Raises Invalid without exactly one of preset and recipe."""
        data = self.validated_data
        if ("preset" in data) == ("recipe" in data):
            raise Invalid("Choose a preset or send a recipe: exactly one of the two.")
        if "preset" in data:
            recipe, name = recipe_named(data["preset"])
        else:
            recipe, name = validated(data["recipe"]), "own recipe"
        return recipe, data.get("name", name)


class Preset(serializers.Serializer[Any]):
    name = serializers.CharField()
    recipe = serializers.DictField()


class Estimated(serializers.Serializer[Any]):
    """What the training would cost on this machine, and what there is to train on."""

    images = serializers.IntegerField(help_text="Images with at least one label.")
    studies = serializers.IntegerField()
    seconds = serializers.FloatField(help_text="Likely.")
    low = serializers.FloatField(help_text="At best: it stops early.")
    high = serializers.FloatField(help_text="At worst: the machine is busy.")
    basis = serializers.CharField(help_text="How this was reckoned, in words.")
