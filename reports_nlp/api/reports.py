"""Reports: a list, one with its evidence, a verdict on what it is taken to say."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Finding
from core import audit
from core.access import require
from core.api.lookup import one, person, project_for
from core.api.pagination import Pages
from core.errors import NotAllowed
from core.models import User
from reports_nlp.api.shapes import (
    STATES,
    CoverageSerializer,
    NewVerdictSerializer,
    ReportEvidenceSerializer,
    ReportRowSerializer,
)
from reports_nlp.models import Report
from reports_nlp.selectors.coverage import coverage
from reports_nlp.selectors.evidence import report_evidence
from reports_nlp.selectors.reports import SHOWS, ReportFilter, report_list, rows_of, withheld_count
from reports_nlp.selectors.withheld import is_withheld
from reports_nlp.services.verdicts import Shown, accept_label, correct_label


@extend_schema(
    operation_id="reports_list", responses=ReportRowSerializer(many=True),
    parameters=[
        OpenApiParameter("show", str, enum=list(SHOWS)), OpenApiParameter("finding", str, description="Code."),
        OpenApiParameter("state", str, enum=STATES), OpenApiParameter("study", str, description="UID."),
        OpenApiParameter("page", int), OpenApiParameter("page_size", int),
    ],
)
@api_view(["GET"])
def reports(request: Request, slug: str) -> Response:
    """The project's reports, newest first, without those that you may yet read the images of unaided."""
    user = person(request)
    project = project_for(user, slug)
    asked = {name: request.query_params.get(name, "") for name in ("finding", "state", "study")}
    chosen = ReportFilter(show=request.query_params.get("show") or "all", **asked)
    pages = Pages()
    page = pages.paginate_queryset(report_list(project=project, user=user, chosen=chosen), request) or []
    return pages.get_paginated_response(ReportRowSerializer(rows_of(project=project, reports=page), many=True).data)


@extend_schema(responses=CoverageSerializer)
@api_view(["GET"])
def report_coverage(request: Request, slug: str) -> Response:
    """How many reports are there, matched, extracted, judged and published, and what they say."""
    user = person(request)
    project = project_for(user, slug)
    found = coverage(project=project) | {"withheld": withheld_count(project=project, user=user)}
    return Response(CoverageSerializer(found).data)


@extend_schema(responses=ReportEvidenceSerializer)
@api_view(["GET"])
def report(request: Request, pk: int) -> Response:
    """One report: text, sections, mentions with the phrases that decided, labels, verdicts and what has changed."""
    user = person(request)
    found = readable_report(user, pk)
    audit.record("report.opened", actor=user, project=found.project, subject=f"report:{found.pk}")
    return Response(ReportEvidenceSerializer(report_evidence(report=found, user=user)).data)


@extend_schema(request=NewVerdictSerializer, responses={201: ReportEvidenceSerializer})
@api_view(["POST"])
def verdicts(request: Request, pk: int) -> Response:
    """Accept or correct what the report is taken to say of one finding; 409 with both versions for a stale page."""
    user = person(request)
    found = readable_report(user, pk)
    require(user, "annotate", found.project)
    shape = NewVerdictSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    sent = shape.validated_data
    finding = one(Finding.objects.visible_to(user).filter(project=found.project_id), sent["finding"])
    shown = Shown(sent["definition"], sent["digest"], sent["verdict"])
    if sent["act"] == "accept":
        accept_label(report=found, finding=finding, reader=user, shown=shown, note=sent["note"])
    else:
        spans = [(span["start"], span["end"]) for span in sent.get("spans", [])]
        correct_label(
            report=found, finding=finding, reader=user, shown=shown, state=sent["state"], spans=spans,
            note=sent["note"],
        )
    evidence = ReportEvidenceSerializer(report_evidence(report=found, user=user)).data
    return Response(evidence, status=status.HTTP_201_CREATED)


def readable_report(user: User, pk: int) -> Report:
    """Raises NotFound, or NotAllowed while this person may yet read the report's images without help."""
    found = one(Report.objects.visible_to(user).select_related("project", "study__patient"), pk)
    if is_withheld(user=user, report=found):
        raise NotAllowed("You may yet read this case unaided; its report is shown once your own answer is in.")
    return found
