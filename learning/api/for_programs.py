"""For notebooks and scripts: frozen rows, pixels as a network here sees them, predictions of foreign models."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.access import require
from core.api.lookup import number_in, one, person, project_for
from core.models import Project
from learning.api.model_shapes import ModelDetail
from learning.api.models import visible_model
from learning.api.run_shapes import SnapshotSerializer
from learning.models import Snapshot
from learning.selectors.for_programs import MOST_ROWS, frozen_rows, image_keys
from learning.services.foreign import register_foreign, start_judging, write_predictions
from learning.services.pixels_for_programs import pixels_as_npy
from learning.services.snapshots import freeze_snapshot
from workers.api.serializers import JobSerializer
from workers.api.views import job_json


class Freeze(serializers.Serializer[Any]):
    sources = serializers.ListField(child=serializers.CharField(max_length=20), default=["reader"], max_length=10)
    findings = serializers.ListField(child=serializers.CharField(max_length=60), default=list, max_length=1000)


class Rows(serializers.Serializer[Any]):
    rows = serializers.ListField(
        child=serializers.DictField(), help_text="key, patient, origin, targets, weights, sources"
    )
    total = serializers.IntegerField(help_text="Rows that you may see.")
    withheld = serializers.IntegerField(help_text="Rows of studies that you are yet to read unaided.")


class WantedPixels(serializers.Serializer[Any]):
    keys = serializers.ListField(child=serializers.CharField(max_length=64))
    size = serializers.IntegerField(help_text="Side of the square, in pixels: 16 to 1024.")


class ForeignModel(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    description = serializers.CharField(max_length=2000, default="", allow_blank=True)
    findings = serializers.ListField(child=serializers.CharField(max_length=60), max_length=1000)
    snapshot = serializers.IntegerField(help_text="Id of the snapshot that it learned from.")


class ForeignPredictions(serializers.Serializer[Any]):
    predictions = serializers.DictField(
        child=serializers.DictField(child=serializers.FloatField()), help_text="image key → finding → probability"
    )


class Written(serializers.Serializer[Any]):
    written = serializers.IntegerField()


class Keys(serializers.Serializer[Any]):
    key = serializers.CharField()
    study = serializers.CharField()
    patient = serializers.CharField(help_text="Pseudonym.")


class Snapshots(generics.ListAPIView[Snapshot]):
    """A project's snapshots, newest first"""

    queryset = Snapshot.objects.none()
    serializer_class = SnapshotSerializer

    def get_queryset(self) -> QuerySet[Snapshot]:
        user = person(self.request)
        return Snapshot.objects.visible_to(user).filter(project=project_for(user, self.kwargs["slug"]))

    @extend_schema(request=Freeze, responses={201: SnapshotSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Freeze today's labels"""
        user = person(request)
        project = project_for(user, slug, "train")
        shape = Freeze(data=request.data)
        shape.is_valid(raise_exception=True)
        snapshot = freeze_snapshot(project=project, user=user, **shape.validated_data)
        return Response(SnapshotSerializer(snapshot).data, status=status.HTTP_201_CREATED)


class SnapshotRows(APIView):
    """What a snapshot holds"""

    @extend_schema(
        parameters=[
            OpenApiParameter("start", OpenApiTypes.INT, description="First row, from 0."),
            OpenApiParameter("count", OpenApiTypes.INT, description=f"At most {MOST_ROWS}."),
        ],
        responses=Rows,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Frozen rows in order, a part at a time"""
        user = person(request)
        snapshot = one(Snapshot.objects.visible_to(user).select_related("project"), pk)
        require(user, "train", snapshot.project)
        start = number_in(request.query_params, "start", default=0)
        count = number_in(request.query_params, "count", default=MOST_ROWS)
        found = frozen_rows(user=user, snapshot=snapshot, start=start, count=count)
        return Response({"rows": found.rows, "total": found.total, "withheld": found.withheld})


class ImageKeys(APIView):
    """Images of a set"""

    @extend_schema(
        parameters=[OpenApiParameter("set", OpenApiTypes.STR, description="pool, calibration or gate.")],
        responses=Keys(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Keys of the images that a model judges in one set, without answers"""
        project = project_for(person(request), slug, "train")
        return Response(image_keys(project=project, purpose=request.query_params.get("set", "pool")))


class Pixels(APIView):
    """Pixels for a program"""

    @extend_schema(request=WantedPixels, responses={
        (200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, "One .npy file of unsigned 16-bit.")
    })
    def post(self, request: Request, slug: str) -> HttpResponse:
        """Up to 64 images as one NumPy array, as a network here sees them; each study's opening is an audit event"""
        user = person(request)
        project: Project = project_for(user, slug, "export")
        shape = WantedPixels(data=request.data)
        shape.is_valid(raise_exception=True)
        body = pixels_as_npy(user=user, project=project, **shape.validated_data)
        return HttpResponse(body, content_type="application/octet-stream")


class ForeignModels(APIView):
    """Models made elsewhere"""

    @extend_schema(request=ForeignModel, responses={201: ModelDetail})
    def post(self, request: Request, slug: str) -> Response:
        """Register a model that was trained elsewhere; it is heard through its predictions alone"""
        user = person(request)
        project = project_for(user, slug, "train")
        shape = ForeignModel(data=request.data)
        shape.is_valid(raise_exception=True)
        fields = shape.validated_data
        snapshot = one(Snapshot.objects.visible_to(user).filter(project=project), fields.pop("snapshot"))
        version = register_foreign(project=project, user=user, snapshot=snapshot, **fields)
        return Response(ModelDetail(version).data, status=status.HTTP_201_CREATED)


class ModelPredictions(APIView):
    """What a model made elsewhere says"""

    @extend_schema(request=ForeignPredictions, responses={201: Written})
    def post(self, request: Request, pk: int) -> Response:
        """Keep up to 1000 predictions, all or none; a later word on an image replaces the earlier one"""
        version, user = visible_model(request, pk), person(request)
        require(user, "train", version.project)
        shape = ForeignPredictions(data=request.data)
        shape.is_valid(raise_exception=True)
        written = write_predictions(version=version, user=user, rows=shape.validated_data["predictions"])
        return Response({"written": written}, status=status.HTTP_201_CREATED)


class JudgeModel(APIView):
    """A verdict on a model made elsewhere"""

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Queue its judging on the gate set, against the champion; each judging is an audit event"""
        version, user = visible_model(request, pk), person(request)
        require(user, "train", version.project)
        return Response(job_json(start_judging(version=version, user=user), user), status=status.HTTP_202_ACCEPTED)
