"""Imports of reports: files and options in, verdicts out; what waits for its study, and matching it by hand."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Case, When
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import api_view, parser_classes
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.access import require
from core.api.lookup import one, person, project_for
from core.api.pagination import Pages
from core.errors import Invalid, NotFound
from imaging.models import Study
from reports_nlp.api.intake_shapes import (
    IntakeOptionsSerializer,
    IntakeStartedSerializer,
    IntakeUploadSerializer,
    IntakeVerdictSerializer,
    MatchedSerializer,
    MatchSerializer,
    ReportIntakeSerializer,
    UnmatchedSerializer,
    WaitingRecordSerializer,
    WaitingReportSerializer,
)
from reports_nlp.models import IntakeVerdict, Report, ReportIntake
from reports_nlp.selectors.waiting import candidates_of, reasons_of, waiting_records, waiting_reports
from reports_nlp.services.intake import receive_files, settle_intake, start_intake
from reports_nlp.services.matching import match_by_hand
from reports_nlp.services.unmatching import unmatch
from workers.api.serializers import JobSerializer
from workers.api.views import job_json

MAX_REQUEST = 4 * 2**30
_OPTIONS = ("format", "language", "encoding", "sender", "name_is")
_PAGED = [OpenApiParameter("page", int), OpenApiParameter("page_size", int)]


@extend_schema(methods=["GET"], operation_id="report_intakes_mine", responses=ReportIntakeSerializer(many=True))
@extend_schema(
    methods=["POST"], operation_id="report_intakes_create", request={"multipart/form-data": IntakeUploadSerializer},
    responses={201: IntakeStartedSerializer},
)
@api_view(["GET", "POST"])
@parser_classes([MultiPartParser])
def intakes(request: Request, slug: str) -> Response:
    """One's own imports of reports, newest first; a new one takes files and is read in a background job."""
    user = person(request)
    project = project_for(user, slug, "import")
    if request.method == "GET":
        rows = ReportIntake.objects.visible_to(user).filter(project=project).select_related("project")[:100]
        return Response(ReportIntakeSerializer([settle_intake(intake=row) for row in rows], many=True).data)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_REQUEST:
        raise Invalid(f"Over {MAX_REQUEST / 2**30:g} GB in one request; pack the files as a zip, or send fewer.")
    uploaded = request.FILES.getlist("files")
    if not uploaded:
        raise Invalid("Send files in the field 'files'.", field="files")
    names = _names(request.POST.getlist("names"), [file.name or "" for file in uploaded])
    intake, received = receive_files(
        project=project, user=user, files=zip(names, uploaded, strict=True), options=_options(request.POST)
    )
    not_taken = [{"name": one.name, "reason": one.reason} for one in received if one.reason]
    shown = {"intake": ReportIntakeSerializer(intake).data, "not_taken": not_taken}
    return Response(shown, status=status.HTTP_201_CREATED)


@extend_schema(responses=ReportIntakeSerializer)
@api_view(["GET"])
def detail(request: Request, pk: int) -> Response:
    """Where an import of reports stands."""
    return Response(ReportIntakeSerializer(_mine(request, pk)).data)


@extend_schema(request=IntakeOptionsSerializer, responses={201: JobSerializer})
@api_view(["POST"])
@parser_classes([JSONParser])
def start(request: Request, pk: int) -> Response:
    """Read the files of a failed import again, with other options: they are kept for a day."""
    intake = _mine(request, pk)
    shape = IntakeOptionsSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    job = start_intake(intake=intake, user=person(request), options=dict(shape.validated_data))
    return Response(job_json(job, person(request)), status=status.HTTP_201_CREATED)


@extend_schema(
    responses=IntakeVerdictSerializer(many=True),
    parameters=[OpenApiParameter("verdict", str, enum=[v for v, _ in IntakeVerdict.VERDICTS]), *_PAGED],
)
@api_view(["GET"])
def verdicts(request: Request, pk: int) -> Response:
    """What became of each record, refused ones first. Kept for thirty days."""
    rows = _mine(request, pk).verdicts.select_related("report__study")
    if verdict := request.query_params.get("verdict"):
        rows = rows.filter(verdict=verdict)
    refused_first = Case(When(verdict="refused", then=0), default=1)
    pages = Pages()
    page = pages.paginate_queryset(rows.order_by(refused_first, "pk"), request) or []
    return pages.get_paginated_response(IntakeVerdictSerializer(page, many=True).data)


@extend_schema(operation_id="reports_waiting", responses=WaitingReportSerializer(many=True), parameters=_PAGED)
@api_view(["GET"])
def waiting(request: Request, slug: str) -> Response:
    """Reports that wait for their study, with the reason."""
    user = person(request)
    project = project_for(user, slug, "import")
    pages = Pages()
    page = pages.paginate_queryset(waiting_reports(project=project, user=user), request) or []
    context = {
        "reasons": reasons_of(project=project, reports=page),
        "candidates": candidates_of(project=project, reports=page, user=user),
    }
    return pages.get_paginated_response(WaitingReportSerializer(page, many=True, context=context).data)


@extend_schema(operation_id="records_waiting", responses=WaitingRecordSerializer(many=True), parameters=_PAGED)
@api_view(["GET"])
def waiting_codes(request: Request, slug: str) -> Response:
    """Coded diagnoses that wait for their study."""
    project = project_for(person(request), slug, "import")
    pages = Pages()
    page = pages.paginate_queryset(waiting_records(project=project), request) or []
    return pages.get_paginated_response(WaitingRecordSerializer(page, many=True).data)


@extend_schema(request=MatchSerializer, responses=MatchedSerializer)
@api_view(["POST"])
def match(request: Request, pk: int) -> Response:
    """Say which study a waiting report is about; its earlier versions follow."""
    user = person(request)
    report = one(Report.objects.visible_to(user).select_related("project"), pk)
    require(user, "import", report.project)
    shape = MatchSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    study = Study.objects.visible_to(user).filter(uid=shape.validated_data["study"]).first()
    if study is None:
        raise NotFound("There is no such study, or you may not see it.", field="study")
    return Response(MatchedSerializer(match_by_hand(report=report, study=study, user=user)).data)


@extend_schema(request=None, responses=UnmatchedSerializer)
@api_view(["POST"])
def unmatch_report(request: Request, pk: int) -> Response:
    """Take back a match that a person made: the report waits again, what it said of the study is withdrawn."""
    user = person(request)
    report = one(Report.objects.visible_to(user).select_related("project"), pk)
    require(user, "import", report.project)
    return Response(UnmatchedSerializer(unmatch(report=report, user=user)).data)


def _mine(request: Request, pk: int) -> ReportIntake:
    user = person(request)
    intake = one(ReportIntake.objects.visible_to(user).select_related("project"), pk)
    require(user, "import", intake.project)
    return settle_intake(intake=intake)


def _options(form: Any) -> dict[str, Any]:
    options: dict[str, Any] = {name: form.get(name, "") for name in _OPTIONS}
    text = form.get("map", "")
    try:
        options["map"] = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        raise Invalid('`map` is one JSON object, such as {"text": "Befund"}.', field="map") from None
    return options


def _names(sent: list[str], own: list[str]) -> list[str]:
    """Relative paths, one per file. Raises Invalid when their numbers differ."""
    if len(sent) == 1 and sent[0].startswith("["):
        try:
            sent = [str(name) for name in json.loads(sent[0])]
        except (ValueError, RecursionError):
            raise Invalid("`names` is no JSON list.", field="names") from None
    if not sent:
        return own
    if len(sent) != len(own):
        raise Invalid(f"{len(own)} files came with {len(sent)} names; send one name per file.", field="names")
    return sent
