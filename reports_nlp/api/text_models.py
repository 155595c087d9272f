"""Text models: who labels, train, look, promote, retire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.access import require
from core.api.lookup import one, person, project_for
from reports_nlp.api.text_model_shapes import LabelerSerializer, ModelNote, TextModelSerializer, TrainTextModels
from reports_nlp.models import TextModel
from reports_nlp.selectors.labelers import labelers
from reports_nlp.services.rules_versions import rules_in_force
from reports_nlp.services.text_models import promote, retire
from reports_nlp.services.text_training import enqueue_training
from workers.api.serializers import JobSerializer
from workers.api.views import job_json


def visible_model(request: Request, pk: int) -> TextModel:
    return one(TextModel.objects.visible_to(person(request)).select_related("finding", "project"), pk)


def model_json(model: TextModel) -> dict[str, Any]:
    context = {"rules": rules_in_force(project=model.project)}
    return dict(TextModelSerializer(model, context=context).data)


class Labelers(APIView):
    """Who labels each finding"""

    @extend_schema(responses=LabelerSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Per finding: the rules or a text model that beat them, and why, in a sentence"""
        project = project_for(person(request), slug)
        return Response(LabelerSerializer(labelers(project=project), many=True).data)


class TextModels(generics.ListAPIView[TextModel]):
    """A project's text models, newest first"""

    queryset = TextModel.objects.none()
    serializer_class = TextModelSerializer
    filterset_fields = ["state", "kind", "finding__code"]

    def get_queryset(self) -> QuerySet[TextModel]:
        user = person(self.request)
        project = project_for(user, self.kwargs["slug"])
        return TextModel.objects.visible_to(user).filter(project=project).select_related("finding", "project")

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if "slug" in self.kwargs:  # nobody asks while the OpenAPI document is made
            context["rules"] = rules_in_force(project=project_for(person(self.request), self.kwargs["slug"]))
        return context


class TrainModels(APIView):
    """Train text models"""

    @extend_schema(request=TrainTextModels, responses={201: JobSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Queue a training on readers' verdicts; one that is unfinished is answered instead"""
        user = person(request)
        project = project_for(user, slug, "train")
        choice = TrainTextModels(data=request.data)
        choice.is_valid(raise_exception=True)
        job = enqueue_training(project=project, user=user, **choice.validated_data)
        return Response(job_json(job, user), status=status.HTTP_201_CREATED)


class OneTextModel(APIView):
    """One text model"""

    @extend_schema(responses=TextModelSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Its figures beside the rules' on held-out verdicts"""
        return Response(model_json(visible_model(request, pk)))


class PromoteTextModel(APIView):
    """Promote a text model"""

    @extend_schema(request=ModelNote, responses=TextModelSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Let it label in place of the rules; 409 unless it beats those in force on held-out verdicts"""
        return _moved(request, pk, promote)


class RetireTextModel(APIView):
    """Retire a text model"""

    @extend_schema(request=ModelNote, responses=TextModelSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Take it out of use; if it was in force, the rules label again"""
        return _moved(request, pk, retire)


def _moved(request: Request, pk: int, move: Callable[..., None]) -> Response:
    user, model = person(request), visible_model(request, pk)
    require(user, "train", model.project)
    given = ModelNote(data=request.data)
    given.is_valid(raise_exception=True)
    move(model=model, user=user, note=given.validated_data["note"])
    model.refresh_from_db()
    return Response(model_json(model))
