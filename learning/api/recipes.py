"""Recipes: their schema for forms, the presets, and what one would cost."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.lookup import person, project_for
from learning.api.recipe_shapes import Estimated, Preset, RecipeChoice
from learning.recipe import PRESETS, recipe_schema
from learning.selectors.training_data import forecast


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


class EstimateCost(APIView):
    """Cost of a training"""

    @extend_schema(request=RecipeChoice, responses=Estimated)
    def post(self, request: Request, slug: str) -> Response:
        """What a recipe would cost on the labels there are now; nothing is started"""
        project = project_for(person(request), slug, "train")
        choice = RecipeChoice(data=request.data)
        choice.is_valid(raise_exception=True)
        recipe, _ = choice.chosen()
        return Response(forecast(project=project, recipe=recipe, sources=choice.validated_data["sources"]).as_dict())
