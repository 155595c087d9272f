"""Model versions: list, look, take away."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import audit
from core.access import require
from core.api.lookup import one, person, project_for
from core.errors import Gone
from learning.api.model_shapes import ModelDetail, ModelSerializer
from learning.models import ModelVersion
from learning.services.gate import model_path
from learning.services.onnx import handed_out, start_onnx
from learning.services.outlines import start_outlining, stop_outlining
from workers.api.serializers import JobSerializer
from workers.api.views import job_json


def visible_model(request: Request, pk: int) -> ModelVersion:
    related = ("project", "run", "parent")
    return one(ModelVersion.objects.visible_to(person(request)).select_related(*related), pk)


class Models(generics.ListAPIView[ModelVersion]):
    """A project's models, newest first"""

    queryset = ModelVersion.objects.none()
    serializer_class = ModelSerializer
    filterset_fields = ["state"]

    def get_queryset(self) -> QuerySet[ModelVersion]:
        user = person(self.request)
        project = project_for(user, self.kwargs["slug"])
        return ModelVersion.objects.visible_to(user).filter(project=project).select_related("run", "parent")


class OneModel(APIView):
    """One model"""

    @extend_schema(responses=ModelDetail)
    def get(self, request: Request, pk: int) -> Response:
        """Card, lineage and gate metrics of one model"""
        return Response(ModelDetail(visible_model(request, pk)).data)


class ModelCard(APIView):
    """A model's card"""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        """The model card as a JSON file; it says research use only"""
        version = visible_model(request, pk)
        name = f"{version.project.slug}-model-{version.number}-card.json"
        return Response(version.card, headers={"Content-Disposition": f'attachment; filename="{name}"'})


class ModelFile(APIView):
    """A model's weights"""

    @extend_schema(responses={
        (200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, "safetensors with the card inside.")
    })
    def get(self, request: Request, pk: int) -> Any:
        """Weights and card as one safetensors file; the download is an audit event"""
        version = visible_model(request, pk)
        user = person(request)
        require(user, "export", version.project)
        path = model_path(version)
        if not path.exists():
            raise Gone(f"The file of model {version.number} is no longer on this machine. Train it again.")
        audit.record("model.exported", actor=user, project=version.project, subject=f"model:{version.number}")
        name = f"{version.project.slug}-model-{version.number}-research-use-only.safetensors"
        return FileResponse(
            path.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream"
        )


class ModelMasks(APIView):
    """Whether a model's masks are suggested"""

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Suggest this model's masks in the reading room, in place of any other's; the job outlines the pool"""
        version, user = visible_model(request, pk), person(request)
        require(user, "manage", version.project)
        require(user, "train", version.project)  # not in an archive
        job = start_outlining(version=version, user=user)
        return Response(job_json(job, user), status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Suggest no masks any more; those that readers accepted stay theirs"""
        version, user = visible_model(request, pk), person(request)
        require(user, "manage", version.project)
        stop_outlining(version=version, user=user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ModelOnnx(APIView):
    """A model for other programs"""

    @extend_schema(responses={
        (200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, "ONNX with the card in its metadata.")
    })
    def get(self, request: Request, pk: int) -> Any:
        """Calibrated probabilities as one ONNX file, checked against torch; the download is an audit event"""
        version, user = visible_model(request, pk), person(request)
        require(user, "export", version.project)
        name = f"{version.project.slug}-model-{version.number}-research-use-only.onnx"
        body = handed_out(version=version, user=user).open("rb")
        return FileResponse(body, as_attachment=True, filename=name, content_type="application/octet-stream")

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Queue the making of the ONNX file"""
        version, user = visible_model(request, pk), person(request)
        require(user, "export", version.project)
        job = start_onnx(version=version, user=user)
        return Response(job_json(job, user), status=status.HTTP_202_ACCEPTED)
