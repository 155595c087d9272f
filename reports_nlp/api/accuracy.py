"""Accuracy of the labelers, and the errors themselves to read."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import audit
from core.api.lookup import person, project_for
from core.api.pagination import Pages
from reports_nlp.api.text_model_shapes import AccuracySerializer, LabelErrorSerializer
from reports_nlp.selectors.accuracy import AGAINST, ONLY, accuracy, errors

CHOICE = [
    OpenApiParameter("against", OpenApiTypes.STR, enum=AGAINST, description="Verdicts on the text, or image readings."),
    OpenApiParameter("only", OpenApiTypes.STR, enum=ONLY, description="All verdicts, or those given blind."),
]
WHICH = [
    *CHOICE,
    OpenApiParameter("finding", OpenApiTypes.STR, description="Code of one finding."),
    OpenApiParameter("labeler", OpenApiTypes.STR, description="rules, text:<kind> or llm:<model>."),
]
COLUMNS = ("report", "finding", "labeler", "said", "truth", "spans", "reader_spans", "is_blind")


def chosen(request: Request, *names: str) -> dict[str, str]:
    """What the query string says of these names."""
    return {name: request.query_params[name] for name in names if request.query_params.get(name)}


class ReportAccuracy(APIView):
    """How right the labelers are"""

    @extend_schema(parameters=CHOICE, responses=AccuracySerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Precision, recall and F1 per finding with n and intervals, and what to keep in mind"""
        project = project_for(person(request), slug)
        found = accuracy(project=project, **chosen(request, "against", "only"))
        return Response(AccuracySerializer(found).data)


class ReportErrors(APIView):
    """Where labelers and readers differ"""

    @extend_schema(
        parameters=[
            *WHICH, OpenApiParameter("page", OpenApiTypes.INT), OpenApiParameter("page_size", OpenApiTypes.INT),
        ],
        responses=OpenApiResponse(LabelErrorSerializer(many=True), "A page: count, next, previous, results."),
    )
    def get(self, request: Request, slug: str) -> Response:
        """The errors themselves, newest report first

        Reports that you may yet read unaided are left out.
        """
        user = person(request)
        project = project_for(user, slug)
        rows = errors(project=project, user=user, **chosen(request, "against", "only", "finding", "labeler"))
        pages = Pages()
        page = pages.paginate_queryset(rows, request)  # type: ignore[arg-type]
        return pages.get_paginated_response(LabelErrorSerializer(page, many=True).data)


class ReportErrorsFile(APIView):
    """The errors as a table"""

    @extend_schema(
        parameters=WHICH,
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY, "One row per error; no report text.")},
    )
    def get(self, request: Request, slug: str) -> Any:
        """The errors as CSV: report, finding, labeler, said, truth, spans, reader_spans, is_blind

        No report text is in it. The download is an audit event. Research use only.
        """
        user = person(request)
        project = project_for(user, slug, "export")
        rows = errors(project=project, user=user, **chosen(request, "against", "only", "finding", "labeler"))
        audit.record("report-errors.exported", actor=user, project=project, rows=len(rows))
        file = io.StringIO()
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([
                row.report_id, row.finding.code, row.labeler, row.said, row.truth, _spans(row.spans),
                _spans(row.reader_spans), int(row.is_blind),
            ])
        name = f"{project.slug}-report-errors-research-use-only.csv"
        return HttpResponse(
            file.getvalue(), content_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )


def _spans(spans: tuple[tuple[int, int], ...]) -> str:
    return " ".join(f"{start}-{end}" for start, end in spans)
