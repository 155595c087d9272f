"""Comparisons over REST: ask for one, watch it, extend, cancel, go on, take the predictions along."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.access import require
from core.api.lookup import number_in, one, person, project_for
from learning.api.comparison_shapes import (
    ComparisonDetail,
    ComparisonRequest,
    ComparisonSerializer,
    ControlComparison,
    Extension,
    wishes_in,
)
from learning.api.runs import visible_run
from learning.models import Comparison
from learning.selectors.comparisons import comparisons_of
from learning.services.comparisons.downloads import predictions_for, table_of
from learning.services.comparisons.making import (
    cancel_comparison,
    extend_comparison,
    resume_comparison,
    start_comparison,
)
from learning.services.comparisons.wishes import compare_with_control

CSV = {(200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY, "Research use only.")}


def visible_comparison(request: Request, pk: int, act: str = "read") -> Comparison:
    user = person(request)
    found = one(Comparison.objects.visible_to(user).select_related("project", "snapshot", "created_by"), pk)
    require(user, act, found.project)
    return found


def _detail(comparison: Comparison, code: int = status.HTTP_200_OK) -> Response:
    comparison.refresh_from_db()
    return Response(ComparisonDetail(comparison).data, status=code)


class Comparisons(generics.ListAPIView[Comparison]):
    """A project's comparisons, newest first"""

    queryset = Comparison.objects.none()
    serializer_class = ComparisonSerializer

    def get_queryset(self) -> QuerySet[Comparison]:
        user = person(self.request)
        return comparisons_of(user, project_for(user, self.kwargs["slug"]))

    @extend_schema(request=ComparisonRequest, responses={201: ComparisonDetail})
    def post(self, request: Request, slug: str) -> Response:
        """Freeze a snapshot and queue a training for every arm, seed and fold on it"""
        user = person(request)
        project = project_for(user, slug, "train")
        asked = ComparisonRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        settings = dict(asked.validated_data)
        arms = wishes_in(project, settings.pop("arms"))
        return _detail(start_comparison(project=project, user=user, arms=arms, **settings), status.HTTP_201_CREATED)


class OneComparison(APIView):
    """One comparison"""

    @extend_schema(responses=ComparisonDetail)
    def get(self, request: Request, pk: int) -> Response:
        """The table so far: figure, difference to the control arm, verdict and cost of every arm"""
        return _detail(visible_comparison(request, pk))


class ExtendComparison(APIView):
    """More of a comparison"""

    @extend_schema(request=Extension, responses=ComparisonDetail)
    def post(self, request: Request, pk: int) -> Response:
        """Add arms or seeds; what is computed stays"""
        comparison = visible_comparison(request, pk, "train")
        asked = Extension(data=request.data)
        asked.is_valid(raise_exception=True)
        extend_comparison(
            comparison=comparison, user=person(request), more_seeds=asked.validated_data["more_seeds"],
            arms=wishes_in(comparison.project, asked.validated_data["arms"]),
        )
        return _detail(comparison)


class CancelComparison(APIView):
    """Stop a comparison"""

    @extend_schema(request=None, responses=ComparisonDetail)
    def post(self, request: Request, pk: int) -> Response:
        """Stop what runs; finished trainings stay"""
        comparison = visible_comparison(request, pk, "steer")
        cancel_comparison(comparison=comparison, user=person(request))
        return _detail(comparison)


class ResumeComparison(APIView):
    """Go on with a comparison"""

    @extend_schema(request=None, responses=ComparisonDetail)
    def post(self, request: Request, pk: int) -> Response:
        """Queue what is not finished"""
        comparison = visible_comparison(request, pk, "steer")
        resume_comparison(comparison=comparison, user=person(request))
        return _detail(comparison)


class ComparisonPredictions(APIView):
    """Held-out predictions of a comparison"""

    @extend_schema(
        parameters=[OpenApiParameter("arm", OpenApiTypes.INT, description="Number of one arm; all unless given.")],
        responses=CSV,
    )
    def get(self, request: Request, pk: int) -> Any:
        """Predictions of every arm and seed on patients that it had not seen, as CSV

        Columns: arm, seed, sop_uid, patient (pseudonym), fold, then probability and target per finding.
        """
        comparison = visible_comparison(request, pk, "export")
        number = number_in(request.query_params, "arm", default=-1)
        body = predictions_for(user=person(request), comparison=comparison, arms=[number] if number >= 0 else [])
        return _file(comparison, "held-out", body)


class ComparisonTable(APIView):
    """The table of a comparison"""

    @extend_schema(responses=CSV)
    def get(self, request: Request, pk: int) -> Any:
        """A line for every arm and finding, as CSV"""
        comparison = visible_comparison(request, pk, "export")
        return _file(comparison, "table", table_of(comparison))


def _file(comparison: Comparison, what: str, body: bytes) -> HttpResponse:
    name = f"{comparison.project.slug}-comparison-{comparison.pk}-{what}-research-use-only.csv"
    return HttpResponse(
        body, content_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


class CompareRun(APIView):
    """A run against its control arm"""

    @extend_schema(request=ControlComparison, responses={201: ComparisonDetail})
    def post(self, request: Request, pk: int) -> Response:
        """Compare the run's recipe with the same recipe with its strategy off, on the run's snapshot"""
        run = visible_run(request, pk)
        require(person(request), "train", run.project)
        asked = ControlComparison(data=request.data)
        asked.is_valid(raise_exception=True)
        found = compare_with_control(run=run, user=person(request), **asked.validated_data)
        return _detail(found, status.HTTP_201_CREATED)
