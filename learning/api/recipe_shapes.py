"""Shapes of recipes: which one, on whose labels, and what it will cost."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.errors import Invalid
from core.models import Project
from learning.models import SavedRecipe
from learning.recipe import PRESETS, Recipe
from learning.services.runs import recipe_named, validated
from learning.services.saved_recipes import LONGEST, recipe_saved_as

SOURCES = ("reader", "report", "record", "consensus", "unknown")
"""Whose labels a run may be asked to train on. A model's pseudolabels enter through the loop only."""


class RecipeChoice(serializers.Serializer[Any]):
    """A preset or a saved recipe by name, or a whole recipe; and the kinds of sources whose labels are used."""

    preset = serializers.ChoiceField(choices=sorted(PRESETS), required=False)
    saved = serializers.CharField(required=False, max_length=60, help_text="Name of a recipe saved in the project.")
    recipe = serializers.DictField(required=False, help_text="As /api/recipes/schema/ describes it.")
    name = serializers.CharField(required=False, max_length=60, help_text="What the run is called; the recipe's name.")
    sources = serializers.ListField(
        child=serializers.ChoiceField(choices=SOURCES), required=False, default=["reader"], allow_empty=False,
        help_text="Readers' answers win over the other kinds.",
    )

    def chosen(self, project: Project) -> tuple[Recipe, str]:
        """The validated recipe and its name. Raises Invalid without exactly one of preset, saved and recipe."""
        data = self.validated_data
        if sum(key in data for key in ("preset", "saved", "recipe")) != 1:
            raise Invalid("Choose a preset or a saved recipe, or send a recipe: exactly one of these.")
        if "preset" in data:
            recipe, name = recipe_named(data["preset"])
        elif "saved" in data:
            recipe, name = recipe_saved_as(project, data["saved"])
        else:
            recipe, name = validated(data["recipe"]), "own recipe"
        return recipe, data.get("name", name)


class RecipeToSave(serializers.Serializer[Any]):
    """A whole recipe and the name to keep it under."""

    name = serializers.CharField(max_length=LONGEST)
    recipe = serializers.DictField(help_text="As /api/recipes/schema/ describes it.")
    replace = serializers.BooleanField(required=False, default=False, help_text="In place of the one of this name.")


class SavedRecipeSerializer(serializers.ModelSerializer[SavedRecipe]):
    """A recipe that a project keeps under a name."""

    recipe = serializers.DictField()
    saved_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)

    class Meta:
        model = SavedRecipe
        fields = ["id", "name", "recipe", "saved_by", "saved_at"]
        read_only_fields = fields


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
