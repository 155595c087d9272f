"""Jobs of a project, one job, its log; cancel and try again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.lookup import number_in, one, person, project_for
from core.models import User
from workers.api.serializers import JobLineSerializer, JobSerializer
from workers.engine import request_cancel, retry
from workers.models import Job, JobLine
from workers.selectors import Steering, require_steering

LINES_AT_ONCE = 500


def job_json(job: Job, user: User) -> dict[str, Any]:
    """The job as this person sees it."""
    return dict(JobSerializer(job, context={"steering": Steering.of(user)}).data)


def visible_job(request: Request, pk: UUID) -> Job:
    return one(Job.objects.visible_to(person(request)).select_related("project"), pk)


class WithSteering(generics.GenericAPIView[Any]):
    """For views whose serializers show jobs: tells them which ones the person may cancel."""

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        user = self.request.user
        if isinstance(user, User):  # nobody asks while the OpenAPI document is made
            context["steering"] = Steering.of(user)
        return context


class Jobs(WithSteering, generics.ListAPIView[Job]):
    """A project's jobs, newest first"""

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    filterset_fields = ["state", "kind"]

    def get_queryset(self) -> QuerySet[Job]:
        user = person(self.request)
        project = project_for(user, self.kwargs["slug"])
        jobs = Job.objects.visible_to(user).filter(project=project)
        return jobs.select_related("project").order_by("-created_at", "pk")


class OneJob(APIView):
    """One job"""

    @extend_schema(responses=JobSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """State, progress and outcome of one job"""
        return Response(job_json(visible_job(request, pk), person(request)))


class CancelJob(APIView):
    """Cancel a job"""

    @extend_schema(request=None, responses=JobSerializer)
    def post(self, request: Request, pk: UUID) -> Response:
        """Cancel a job and its children

        A queued one ends at once; a running one is told and stops within a heartbeat. Cancelling an ended job changes
        nothing.
        """
        job = visible_job(request, pk)
        require_steering(person(request), job)
        request_cancel(job)
        return Response(job_json(job, person(request)))


class RetryJob(APIView):
    """Try a job again"""

    @extend_schema(request=None, responses=JobSerializer)
    def post(self, request: Request, pk: UUID) -> Response:
        """Queue a failed or cancelled job once more; 409 in any other state"""
        job = visible_job(request, pk)
        require_steering(person(request), job)
        return Response(job_json(retry(job), person(request)))


class JobLines(APIView):
    """A job's log"""

    @extend_schema(
        parameters=[OpenApiParameter("after", OpenApiTypes.INT, description="Only lines with a larger id.")],
        responses=JobLineSerializer(many=True),
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """The job's log lines, oldest first, at most 500 at once"""
        after = number_in(request.query_params, "after", default=0)
        lines = JobLine.objects.filter(job=visible_job(request, pk), pk__gt=after).order_by("pk")[:LINES_AT_ONCE]
        return Response(JobLineSerializer(lines, many=True).data)
