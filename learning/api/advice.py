"""Advice and plans over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.lookup import person, project_for
from core.errors import Invalid
from learning.advice import advise
from learning.selectors.project_facts import facts_of


class AdviceSerializer(serializers.Serializer[Any]):
    """A recipe to try, its control arm and the reasons."""

    name = serializers.CharField()
    rows = serializers.ListField(child=serializers.CharField(), help_text="Of the review.")
    reason = serializers.CharField()
    site = serializers.CharField(help_text="What this site's own verdicts say; empty without any.")
    recipe = serializers.SerializerMethodField()
    control = serializers.SerializerMethodField()

    def get_recipe(self, one: Any) -> dict[str, Any]:
        found: dict[str, Any] = one.recipe.model_dump(mode="json")
        return found

    def get_control(self, one: Any) -> dict[str, Any]:
        found: dict[str, Any] = one.control.model_dump(mode="json")
        return found


class ProjectAdvice(APIView):
    """Advice"""

    @extend_schema(responses=AdviceSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Three recipes to try on what the project has now, best first. Research use only."""
        user = person(request)
        project = project_for(user, slug)
        facts = facts_of(project, user)
        found = advise(facts) if facts.fewest else []
        return Response(AdviceSerializer(found, many=True).data)


class PlanQuestion(serializers.Serializer[Any]):
    """What is expected; what is left out is taken from the project."""

    finding = serializers.CharField(required=False, default="", allow_blank=True)
    control = serializers.FloatField(required=False, help_text="AUROC of the control arm.")
    strategy = serializers.FloatField(required=False, help_text="AUROC of the better model.")
    prevalence = serializers.FloatField(required=False, help_text="Share of cases with the finding, 0 to 1.")
    correlation = serializers.FloatField(required=False, help_text="Of the two models' scores within a class.")
    power = serializers.FloatField(required=False, default=0.8)
    seconds = serializers.FloatField(required=False, min_value=0, help_text="Per reading.")
    readers = serializers.IntegerField(required=False, default=1, min_value=1, max_value=20)


class PowerPoint(serializers.Serializer[Any]):
    cases = serializers.IntegerField()
    power = serializers.FloatField()


class PlanAnswer(serializers.Serializer[Any]):
    cases = serializers.IntegerField()
    positives = serializers.IntegerField()
    hours = serializers.FloatField(help_text="Of reading.")
    have = serializers.IntegerField(help_text="Cases read so far.")
    power_now = serializers.FloatField(allow_null=True)
    curve = PowerPoint(many=True)
    sentence = serializers.CharField()


class ProjectPlan(APIView):
    """Cases and hours needed"""

    @extend_schema(parameters=[PlanQuestion], responses=PlanAnswer)
    def get(self, request: Request, slug: str) -> Response:
        """How many cases, and hours of reading, it takes to see a difference between two models"""
        from learning.selectors.planning import known_of, plan_of
        from learning.toolkit.planner import Expectation, PlanError

        project = project_for(person(request), slug)
        asked = PlanQuestion(data=request.query_params)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        known = known_of(project, data["finding"])
        control = data.get("control", known.control)
        try:
            expected = Expectation(
                control, data.get("strategy", min(control + 0.05, 0.99)), data.get("prevalence", known.prevalence),
                data.get("correlation", known.correlation),
            )
            plan = plan_of(
                project=project, expected=expected, wanted=data["power"], seconds=data.get("seconds", known.seconds),
                readers=data["readers"], finding=data["finding"],
            )
        except PlanError as error:
            raise Invalid(str(error)) from None
        curve = [{"cases": cases, "power": value} for cases, value in plan.curve]
        told = {name: getattr(plan, name) for name in ("cases", "positives", "hours", "have", "power_now", "sentence")}
        return Response(PlanAnswer(told | {"curve": curve}).data)
