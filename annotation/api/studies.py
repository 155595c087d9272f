"""A project's studies: pseudonyms only. Opening one is DICOMweb's and the reading room's, which write it down."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.selectors.studies import study_list
from core.access import may, require
from core.api.lookup import person, project_for
from core.api.pagination import Pages
from imaging.models import Split, Study


class StudySerializer(serializers.ModelSerializer[Study]):
    """One study. The split is told to researchers and managers: a reader must not know which cases are the test."""

    patient = serializers.CharField(source="patient.pseudonym", read_only=True)
    modalities = serializers.SerializerMethodField()
    images = serializers.IntegerField(read_only=True)
    answers = serializers.IntegerField(read_only=True, help_text="Findings that readers have answered.")
    split = serializers.SerializerMethodField()
    is_identified = serializers.BooleanField(source="patient.is_identified", read_only=True)

    class Meta:
        model = Study
        fields = [
            "uid", "patient", "modalities", "images", "date", "age_years", "sex", "split", "is_identified", "answers",
        ]
        read_only_fields = fields

    def get_modalities(self, study: Study) -> list[str]:
        return sorted({series.modality for series in study.series.all()})

    def get_split(self, study: Study) -> str | None:
        return study.patient.split if self.context["tells_split"] else None


@extend_schema(
    operation_id="studies_list", responses=StudySerializer(many=True),
    parameters=[
        OpenApiParameter("modality", str), OpenApiParameter("patient", str),
        OpenApiParameter("split", str, enum=Split.values), OpenApiParameter("page", int),
        OpenApiParameter("page_size", int),
    ],
)
@api_view(["GET"])
def studies(request: Request, slug: str) -> Response:
    """The studies of a project."""
    user = person(request)
    project = project_for(user, slug)
    rows = study_list(project=project, user=user)
    asked: dict[str, Any] = request.query_params
    if modality := asked.get("modality"):
        rows = rows.filter(series__modality=modality).distinct()
    if patient := asked.get("patient"):
        rows = rows.filter(patient__pseudonym=patient)
    if "split" in asked:
        require(user, "train", project)
        rows = rows.filter(patient__split=asked["split"])
    pages = Pages()
    page = pages.paginate_queryset(rows, request) or []
    context = {"tells_split": may(user, "train", project)}
    return pages.get_paginated_response(StudySerializer(page, many=True, context=context).data)
