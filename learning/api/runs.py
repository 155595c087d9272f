"""Runs: start one, list them, watch one, download what it predicted."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.access import require
from core.api.lookup import number_in, one, person, project_for
from core.errors import NotFound
from learning.api.recipe_shapes import RecipeChoice
from learning.api.run_shapes import EpochSerializer, RunDetail, RunSerializer
from learning.models import Run, RunEpoch
from learning.publish.pack import paper_pack
from learning.services.held_out import held_out_for
from learning.services.repeat import repeat_run
from learning.services.runs import held_out_path, start_run
from workers.api.views import WithSteering


def visible_run(request: Request, pk: int) -> Run:
    related = ("project", "job__project", "snapshot", "created_by", "model_version")
    return one(Run.objects.visible_to(person(request)).select_related(*related), pk)


class Runs(WithSteering, generics.ListAPIView[Run]):
    """A project's runs, newest first"""

    queryset = Run.objects.none()
    serializer_class = RunSerializer
    filterset_fields = ["purpose"]

    def get_queryset(self) -> QuerySet[Run]:
        user = person(self.request)
        project = project_for(user, self.kwargs["slug"])
        runs = Run.objects.visible_to(user).filter(project=project)
        return runs.select_related("job__project", "created_by", "model_version")

    @extend_schema(request=RecipeChoice, responses={201: RunDetail})
    def post(self, request: Request, slug: str) -> Response:
        """Freeze a snapshot of the labels and queue a training on it"""
        user = person(request)
        project = project_for(user, slug, "train")
        choice = RecipeChoice(data=request.data)
        choice.is_valid(raise_exception=True)
        recipe, name = choice.chosen(project)
        sources = choice.validated_data["sources"]
        run = start_run(project=project, recipe=recipe, user=user, recipe_name=name, sources=sources)
        run = visible_run(request, run.pk)
        return Response(RunDetail(run, context=self.get_serializer_context()).data, status=status.HTTP_201_CREATED)


class OneRun(WithSteering):
    """One run"""

    serializer_class = RunDetail

    @extend_schema(responses=RunDetail)
    def get(self, request: Request, pk: int) -> Response:
        """Recipe, snapshot, job and metrics of one run"""
        return Response(self.get_serializer(visible_run(request, pk)).data)


class RepeatRun(WithSteering):
    """A run once more"""

    serializer_class = RunDetail

    @extend_schema(request=None, responses={201: RunDetail})
    def post(self, request: Request, pk: int) -> Response:
        """Queue the same recipe on the same snapshot again; its page says whether the same figures came out"""
        user, run = person(request), visible_run(request, pk)
        require(user, "train", run.project)
        again = visible_run(request, repeat_run(run=run, user=user).pk)
        return Response(self.get_serializer(again).data, status=status.HTTP_201_CREATED)


class RunEpochs(APIView):
    """The live curve"""

    @extend_schema(
        parameters=[OpenApiParameter("after", OpenApiTypes.INT, description="Only epochs with a larger number.")],
        responses=EpochSerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Points of the training curve, in order"""
        after = number_in(request.query_params, "after", default=-1)
        epochs = RunEpoch.objects.filter(run=visible_run(request, pk), epoch__gt=after)
        return Response(EpochSerializer(epochs, many=True).data)


class HeldOut(APIView):
    """Held-out predictions"""

    @extend_schema(responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY, "One row per image.")})
    def get(self, request: Request, pk: int) -> Any:
        """Predictions on patients that the predicting model had not seen, as CSV

        Columns: sop_uid, patient (pseudonym), fold, repeat, then probability and target per finding. Research use only.
        """
        run = visible_run(request, pk)
        require(person(request), "export", run.project)
        path = held_out_path(run)
        if not path.exists():
            raise NotFound("This run has no held-out predictions yet. They are written when its training has ended.")
        name = f"{run.project.slug}-run-{run.pk}-held-out-research-use-only.csv"
        body = held_out_for(user=person(request), run=run)
        return FileResponse(body, as_attachment=True, filename=name, content_type="text/csv")


class PaperPack(APIView):
    """What a paper about a run needs"""

    @extend_schema(responses={(200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY, "One ZIP.")})
    def get(self, request: Request, pk: int) -> Any:
        """Cohort flow, Table 1, CLAIM checklist, figures, predictions and model card, bound to the snapshot's hash

        The download is an audit event. Research use only.
        """
        run, user = visible_run(request, pk), person(request)
        require(user, "export", run.project)
        name = f"{run.project.slug}-run-{run.pk}-paper-pack-research-use-only.zip"
        body = paper_pack(run=run, user=user)
        return FileResponse(body, as_attachment=True, filename=name, content_type="application/zip")
