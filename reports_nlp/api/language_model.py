"""The language model on the site's own network, if there is one."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.lookup import person, project_for
from reports_nlp.services.language_model import MOST_REPORTS, enqueue_reading, state_of
from reports_nlp.services.llm_publishing import enqueue_publishing_of_language_model
from workers.api.serializers import JobSerializer
from workers.api.views import job_json


class LanguageModelSerializer(serializers.Serializer[Any]):
    is_on = serializers.BooleanField()
    model = serializers.CharField(allow_blank=True)
    why_not = serializers.CharField(allow_blank=True)
    reports_read = serializers.IntegerField()
    answers = serializers.DictField(
        child=serializers.IntegerField(), help_text="Of the last job: read, unreadable, unavailable, rejected: <why>."
    )


class AskLanguageModel(serializers.Serializer[Any]):
    limit = serializers.IntegerField(required=False, default=200, min_value=1, max_value=MOST_REPORTS)


class TheLanguageModel(APIView):
    """The language model"""

    @extend_schema(responses=LanguageModelSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Whether one is set, what it has read here, and how many of its labels were thrown away"""
        return Response(LanguageModelSerializer(state_of(project_for(person(request), slug))).data)


class ReadWithLanguageModel(APIView):
    """Ask the language model"""

    @extend_schema(request=AskLanguageModel, responses={201: JobSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Queue asking about reports it has not read; 409 while none is set"""
        user = person(request)
        project = project_for(user, slug, "train")
        given = AskLanguageModel(data=request.data)
        given.is_valid(raise_exception=True)
        job = enqueue_reading(project=project, user=user, limit=given.validated_data["limit"])
        return Response(job_json(job, user), status=status.HTTP_201_CREATED)


class PublishLanguageModel(APIView):
    """Publish what the language model reads"""

    @extend_schema(request=None, responses={201: JobSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Write its quoted labels as observations of a source of their own; 409 while no language model is set"""
        user = person(request)
        job = enqueue_publishing_of_language_model(project=project_for(user, slug, "manage"), user=user)
        return Response(job_json(job, user), status=status.HTTP_201_CREATED)
