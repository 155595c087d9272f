"""Traits of findings as reports describe them. What is kept of them goes into the finding itself (PATCH its traits)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.lookup import person, project_for
from reports_nlp.selectors.traits import traits_of
from reports_nlp.services.traits import enqueue_mining
from workers.api.serializers import JobSerializer
from workers.api.views import job_json


class ExcerptSerializer(serializers.Serializer[Any]):
    report = serializers.IntegerField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    text = serializers.CharField()


class TraitSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="size, shape, margin, density, number, location, severity, course")
    term = serializers.CharField()
    mentions = serializers.IntegerField()
    reports = serializers.IntegerField()
    is_kept = serializers.BooleanField()
    examples = ExcerptSerializer(many=True)


class FindingTraitsSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    kept = serializers.ListField(child=serializers.CharField())
    traits = TraitSerializer(many=True)


@extend_schema(methods=["GET"], operation_id="report_traits", responses=FindingTraitsSerializer(many=True))
@extend_schema(methods=["POST"], operation_id="report_traits_mine", request=None, responses={202: JobSerializer})
@api_view(["GET", "POST"])
def traits(request: Request, slug: str) -> Response:
    """How reports describe each finding that is present, counted, with examples; POST counts anew."""
    user = person(request)
    if request.method == "GET":
        found = traits_of(project=project_for(user, slug), user=user)
        return Response(FindingTraitsSerializer([asdict(one) for one in found], many=True).data)
    job = enqueue_mining(project=project_for(user, slug, "train"), user=user)
    return Response(job_json(job, user), status=status.HTTP_202_ACCEPTED)
