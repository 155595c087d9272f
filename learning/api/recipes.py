"""Recipes: their schema for forms, the presets, those that a project keeps, and what one would cost."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.access import require
from core.api.lookup import one, person, project_for
from learning.api.recipe_shapes import Estimated, Preset, RecipeChoice, RecipeToSave, SavedRecipeSerializer
from learning.models import SavedRecipe
from learning.recipe import PRESETS, recipe_schema
from learning.selectors.training_data import forecast
from learning.services.runs import validated
from learning.services.saved_recipes import remove_recipe, save_recipe


class RecipeSchema(APIView):
    """The recipe's schema"""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """JSON schema of a recipe, with titles, units, bounds and defaults: a form is made from it"""
        return Response(recipe_schema())


class Presets(APIView):
    """Presets"""

    @extend_schema(responses=Preset(many=True))
    def get(self, request: Request) -> Response:
        """Ready-made recipes, quickest first"""
        return Response([{"name": n, "recipe": r.model_dump(mode="json")} for n, r in PRESETS.items()])


class SavedRecipes(generics.ListAPIView[SavedRecipe]):
    """Recipes that a project keeps, by name"""

    queryset = SavedRecipe.objects.none()
    serializer_class = SavedRecipeSerializer

    def get_queryset(self) -> QuerySet[SavedRecipe]:
        user = person(self.request)
        project = project_for(user, self.kwargs["slug"])
        return SavedRecipe.objects.visible_to(user).filter(project=project).select_related("saved_by")

    @extend_schema(request=RecipeToSave, responses={201: SavedRecipeSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Keep a recipe under a name, which trainings and comparisons can then ask for"""
        user = person(request)
        project = project_for(user, slug, "train")
        asked = RecipeToSave(data=request.data)
        asked.is_valid(raise_exception=True)
        wish = asked.validated_data
        saved = save_recipe(
            project=project, user=user, name=wish["name"], recipe=validated(wish["recipe"]), replace=wish["replace"]
        )
        return Response(SavedRecipeSerializer(saved).data, status=status.HTTP_201_CREATED)


class OneSavedRecipe(APIView):
    """One saved recipe"""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove it; runs and comparisons that used it keep their copies"""
        user = person(request)
        saved = one(SavedRecipe.objects.visible_to(user).select_related("project"), pk)
        require(user, "train", saved.project)
        remove_recipe(saved=saved, user=user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class EstimateCost(APIView):
    """Cost of a training"""

    @extend_schema(request=RecipeChoice, responses=Estimated)
    def post(self, request: Request, slug: str) -> Response:
        """What a recipe would cost on the labels there are now; nothing is started"""
        project = project_for(person(request), slug, "train")
        choice = RecipeChoice(data=request.data)
        choice.is_valid(raise_exception=True)
        recipe, _ = choice.chosen(project)
        return Response(forecast(project=project, recipe=recipe, sources=choice.validated_data["sources"]).as_dict())
