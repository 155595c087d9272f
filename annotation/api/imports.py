"""Imports from the page: options, files, start, verdicts. Each is its uploader's alone."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.db.models import Case, When
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import api_view, parser_classes
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.import_shapes import (
    ImportOptionsSerializer,
    ImportSerializer,
    UploadedSerializer,
    UploadSerializer,
    VerdictSerializer,
)
from annotation.models import Worklist
from annotation.services.imports import open_import, settle_import, start_import
from core.access import require
from core.api.lookup import one, person, project_for
from core.api.pagination import Pages
from core.errors import Invalid
from imaging.models import ImportBatch, ImportVerdict
from imaging.services.staging import measure, stage_files
from workers.api.serializers import JobSerializer
from workers.api.views import job_json

MAX_REQUEST = 4 * 2**30


@extend_schema(methods=["GET"], operation_id="imports_mine", responses=ImportSerializer(many=True))
@extend_schema(
    methods=["POST"], operation_id="imports_create", request=ImportOptionsSerializer, responses={201: ImportSerializer}
)
@api_view(["GET", "POST"])
def imports(request: Request, slug: str) -> Response:
    """One's own imports, newest first; a new one waits for files."""
    user = person(request)
    project = project_for(user, slug, "import")
    if request.method == "GET":
        rows = ImportBatch.objects.visible_to(user).filter(project=project).select_related("project")[:100]
        return Response([_shown(settle_import(batch=batch)) for batch in rows])
    shape = ImportOptionsSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    options = dict(shape.validated_data)
    chosen = options["worklist"]
    made = open_import(
        project=project, user=user, source=options["source"], column_map=options["map"],
        create_findings=options["create_findings"],
        worklist=None if chosen is None else one(Worklist.objects.visible_to(user), chosen), site=options["site"],
    )
    return Response(_shown(made), status=status.HTTP_201_CREATED)


@extend_schema(responses=ImportSerializer)
@api_view(["GET"])
def detail(request: Request, pk: int) -> Response:
    """Where an import stands."""
    return Response(_shown(_mine(request, pk)))


@extend_schema(request={"multipart/form-data": UploadSerializer}, responses=UploadedSerializer)
@api_view(["POST"])
@parser_classes([MultiPartParser])
def files(request: Request, pk: int) -> Response:
    """Upload files. The same name again replaces; a name that can't be taken is named with the reason."""
    batch = _mine(request, pk)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_REQUEST:
        raise Invalid(f"Over {MAX_REQUEST / 2**30:g} GB in one request; send fewer files at a time.")
    uploaded = request.FILES.getlist("files")
    if not uploaded:
        raise Invalid("Send files in the field 'files'.", field="files")
    names = _names(request.POST.getlist("names"), [file.name or "" for file in uploaded])
    received = stage_files(batch=batch, files=zip(names, uploaded, strict=True))
    count, size = measure(batch.pk)
    return Response({"received": [asdict(r) for r in received], "files": count, "bytes": size})


@extend_schema(request=None, responses={201: JobSerializer})
@api_view(["POST"])
def start(request: Request, pk: int) -> Response:
    """Import what has been uploaded, in a background job."""
    job = start_import(batch=_mine(request, pk), user=person(request))
    return Response(job_json(job, person(request)), status=status.HTTP_201_CREATED)


@extend_schema(
    responses=VerdictSerializer(many=True),
    parameters=[
        OpenApiParameter("verdict", str, enum=[v for v, _ in ImportVerdict.VERDICTS]), OpenApiParameter("page", int),
        OpenApiParameter("page_size", int),
    ],
)
@api_view(["GET"])
def verdicts(request: Request, pk: int) -> Response:
    """What became of each file and of each mark that was not taken, refused ones first. Kept for thirty days."""
    rows = _mine(request, pk).verdicts.select_related("instance__series__study")
    if verdict := request.query_params.get("verdict"):
        rows = rows.filter(verdict=verdict)
    pages = Pages()
    refused_first = Case(When(verdict="refused", then=0), When(verdict="mark-refused", then=1), default=2)
    page = pages.paginate_queryset(rows.order_by(refused_first, "pk"), request) or []
    return pages.get_paginated_response(VerdictSerializer(page, many=True).data)


def _mine(request: Request, pk: int) -> ImportBatch:
    user = person(request)
    batch = one(ImportBatch.objects.visible_to(user).select_related("project"), pk)
    require(user, "import", batch.project)
    return settle_import(batch=batch)


def _names(sent: list[str], own: list[str]) -> list[str]:
    """Relative paths, one per file. Raises Invalid when their numbers differ."""
    if len(sent) == 1 and sent[0].startswith("["):
        try:
            sent = [str(name) for name in json.loads(sent[0])]
        except ValueError:
            raise Invalid("`names` is no JSON list.", field="names") from None
    if not sent:
        return own
    if len(sent) != len(own):
        raise Invalid(f"{len(own)} files came with {len(sent)} names; send one name per file.", field="names")
    return sent


def _shown(batch: ImportBatch) -> Any:
    return ImportSerializer(batch, context={"files": lambda b: measure(b.pk)[0]}).data
