"""What is done with a project's reports as a whole: extracted, published, queued for review, set against images."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.lookup import number_in, person, project_for
from core.models import User
from reports_nlp.selectors.active import queue_of_reports
from reports_nlp.selectors.disagreement import by_study, contradictions
from reports_nlp.services.disagreement import MODES, NAME, make_disagreement_worklist
from reports_nlp.services.extraction import enqueue_extraction
from reports_nlp.services.publishing import enqueue_publishing, preview_publication
from reports_nlp.services.publishing_act import Published
from workers.api.serializers import JobSerializer
from workers.api.views import job_json
from workers.models import Job


class PublicationSerializer(serializers.Serializer[Any]):
    """What publishing now would write, in lines of the ledger."""

    studies = serializers.IntegerField()
    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    judged = serializers.IntegerField(help_text="Labels that readers have judged: their own lines stand.")
    reserved_studies = serializers.IntegerField()
    unmatched_reports = serializers.IntegerField()
    not_extracted_reports = serializers.IntegerField()
    is_partial = serializers.BooleanField(help_text="Too many to count here: these are of the first studies.")
    sentence = serializers.CharField()


class QueuedReportSerializer(serializers.Serializer[Any]):
    """A report that waits for a verdict, and who disagrees about it."""

    report = serializers.IntegerField(source="report.pk")
    study_uid = serializers.CharField(source="report.study.uid", allow_null=True, default=None)
    patient = serializers.CharField(source="report.study.patient.pseudonym", allow_null=True, default=None)
    finding = serializers.CharField(help_text="Code.")
    score = serializers.FloatField()
    reason = serializers.CharField()


class DisagreementPreviewSerializer(serializers.Serializer[Any]):
    studies = serializers.IntegerField()
    report_says_present = serializers.IntegerField(help_text="Findings of which the image model says no.")
    report_says_absent = serializers.IntegerField(help_text="Findings of which the image model says yes.")


class NewDisagreementSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80, default=NAME)
    mode = serializers.ChoiceField([str(mode) for mode in MODES], default=str(MODES[0]))
    most = serializers.IntegerField(min_value=1, required=False, help_text="Studies at most; all if left out.")


class DisagreementListSerializer(serializers.Serializer[Any]):
    worklist = serializers.IntegerField(source="worklist.pk")
    name = serializers.CharField(source="worklist.name")
    studies = serializers.IntegerField()
    contradictions = serializers.IntegerField()


@extend_schema(request=None, responses={202: JobSerializer})
@api_view(["POST"])
def extract(request: Request, slug: str) -> Response:
    """Read the reports that the rules in force have not been through; what is unchanged stays untouched."""
    user = person(request)
    return _accepted(enqueue_extraction(project=project_for(user, slug, "import"), user=user), user)


@extend_schema(methods=["GET"], operation_id="report_publication_preview", responses=PublicationSerializer)
@extend_schema(methods=["POST"], operation_id="report_publish", request=None, responses={202: JobSerializer})
@api_view(["GET", "POST"])
def publish(request: Request, slug: str) -> Response:
    """What publishing would write into the ledger; POST does it, in a batch that can be withdrawn."""
    user = person(request)
    if request.method == "GET":
        done = preview_publication(project=project_for(user, slug, "train"))
        return Response(PublicationSerializer(_told(done)).data)
    return _accepted(enqueue_publishing(project=project_for(user, slug, "manage"), user=user), user)


def _accepted(job: Job, user: User) -> Response:
    return Response(job_json(job, user), status=status.HTTP_202_ACCEPTED)


def _told(done: Published) -> dict[str, Any]:
    return {**vars(done), "sentence": done.sentence}


@extend_schema(responses=QueuedReportSerializer(many=True), parameters=[OpenApiParameter("count", int)])
@api_view(["GET"])
def queue(request: Request, slug: str) -> Response:
    """Reports in the order in which judging them teaches most: where rules, text model and image model disagree."""
    user = person(request)
    project = project_for(user, slug, "annotate")
    count = min(200, max(1, number_in(request.query_params, "count", default=50)))
    rows = queue_of_reports(project=project, user=user, count=count)
    return Response(QueuedReportSerializer(rows, many=True).data)


@extend_schema(methods=["GET"], operation_id="disagreement_preview", responses=DisagreementPreviewSerializer)
@extend_schema(
    methods=["POST"], operation_id="disagreement_worklist", request=NewDisagreementSerializer,
    responses={201: DisagreementListSerializer},
)
@api_view(["GET", "POST"])
def disagreement(request: Request, slug: str) -> Response:
    """Where report and image model contradict each other, counted; POST makes a worklist of it, strongest first."""
    user = person(request)
    if request.method == "GET":
        found = contradictions(project=project_for(user, slug, "train"))
        present = sum(one.report_state == "present" for one in found)
        return Response(DisagreementPreviewSerializer({
            "studies": len(by_study(found)), "report_says_present": present,
            "report_says_absent": len(found) - present,
        }).data)
    project = project_for(user, slug, "manage")
    shape = NewDisagreementSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    made = make_disagreement_worklist(project=project, user=user, **shape.validated_data)
    return Response(DisagreementListSerializer(made).data, status=status.HTTP_201_CREATED)
