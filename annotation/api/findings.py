"""The label schema: seen by every member, changed by managers, with a preview first and a history afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.finding_shapes import (
    FindingFieldsSerializer,
    FindingRevisionSerializer,
    FindingSerializer,
    MergeSerializer,
    NewFindingSerializer,
    NoteSerializer,
    PreviewSerializer,
)
from annotation.models import Finding, FindingState
from annotation.selectors.examples import examples_for
from annotation.selectors.previews import preview_change
from annotation.services import schema
from annotation.services.thumbnails import thumbnail
from core.access import require
from core.api.lookup import number_in, one, person, project_for
from core.errors import NotFound
from core.models import User
from imaging.dicomweb.access import note_opening
from imaging.models import Instance


@extend_schema(
    methods=["GET"], operation_id="findings_list", responses=FindingSerializer(many=True),
    parameters=[OpenApiParameter("state", str, enum=FindingState.values)],
)
@extend_schema(
    methods=["POST"], operation_id="findings_create", request=NewFindingSerializer, responses={201: FindingSerializer}
)
@api_view(["GET", "POST"])
def findings(request: Request, slug: str) -> Response:
    """The project's findings in the order of the form (archived and merged ones too, unless a state is asked for)."""
    user = person(request)
    if request.method == "GET":
        rows = Finding.objects.visible_to(user).filter(project=project_for(user, slug))
        if state := request.query_params.get("state"):
            rows = rows.filter(state=state)
        return Response(FindingSerializer(rows, many=True, context=_context(user, rows)).data)
    project = project_for(user, slug, "manage")
    shape = NewFindingSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    fields = _resolved(shape.validated_data, user)
    fields.pop("note", None)
    made = schema.create_finding(project=project, user=user, **fields)
    return Response(FindingSerializer(made, context=_context(user, [made])).data, status=status.HTTP_201_CREATED)


@extend_schema(methods=["GET"], operation_id="finding_get", responses=FindingSerializer)
@extend_schema(
    methods=["PATCH"], operation_id="finding_edit", request=FindingFieldsSerializer, responses=FindingSerializer
)
@api_view(["GET", "PATCH"])
def finding(request: Request, pk: int) -> Response:
    """One finding; earlier observations keep the hash of the definition that they were made under."""
    if request.method == "GET":
        return _shown(one(Finding.objects.visible_to(person(request)), pk), person(request))
    found = _manageable(request, pk)
    shape = FindingFieldsSerializer(data=request.data, partial=True)
    shape.is_valid(raise_exception=True)
    fields = _resolved(shape.validated_data, person(request))
    return _shown(schema.edit_finding(finding=found, user=person(request), **fields), person(request))


@extend_schema(request=NoteSerializer, responses=FindingSerializer)
@api_view(["POST"])
def archive(request: Request, pk: int) -> Response:
    """Take it off the form; its observations stay."""
    found = _manageable(request, pk)
    schema.archive_finding(finding=found, user=person(request), note=_note(request))
    return _shown(found, person(request))


@extend_schema(request=None, responses=FindingSerializer)
@api_view(["POST"])
def restore(request: Request, pk: int) -> Response:
    """Put an archived finding back on the form."""
    found = _manageable(request, pk)
    schema.restore_finding(finding=found, user=person(request))
    return _shown(found, person(request))


@extend_schema(request=MergeSerializer, responses=FindingSerializer)
@api_view(["POST"])
def merge(request: Request, pk: int) -> Response:
    """Make this finding part of another one."""
    found = _manageable(request, pk)
    shape = MergeSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    into = one(Finding.objects.visible_to(person(request)), shape.validated_data["into"])
    schema.merge_findings(into=into, from_=found, user=person(request), note=shape.validated_data["note"])
    return _shown(found, person(request))


@extend_schema(request=NoteSerializer, responses=FindingSerializer)
@api_view(["POST"])
def unmerge(request: Request, pk: int) -> Response:
    """Undo a merge: this finding is what it was before, and its lines count as its own again."""
    found = _manageable(request, pk)
    shape = NoteSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    schema.unmerge_finding(finding=found, user=person(request), note=shape.validated_data["note"])
    found.refresh_from_db()
    return _shown(found, person(request))


@extend_schema(responses=PreviewSerializer, parameters=[OpenApiParameter("into", int)])
@api_view(["GET"])
def preview(request: Request, pk: int) -> Response:
    """What editing or archiving this finding would touch; with `into`, what merging it would change."""
    user = person(request)
    found = one(Finding.objects.visible_to(user), pk)
    into = number_in(request.query_params, "into", default=0)
    if not into:
        return Response(asdict(preview_change(finding=found)))
    target = one(Finding.objects.visible_to(user).filter(project=found.project_id), into)
    schema.check_merge(into=target, from_=found)
    return Response(asdict(preview_change(finding=found, into=target)))


@extend_schema(responses={(200, "image/png"): OpenApiResponse(OpenApiTypes.BINARY, "At most 320 pixels wide or high.")})
@api_view(["GET"])
def example(request: Request, pk: int) -> HttpResponse:
    """The example image, small; 404 where there is none, or its study is to be read unaided by the person who asks."""
    user = person(request)
    found = one(Finding.objects.visible_to(user), pk)
    shown = examples_for(user=user, findings=[found]).get(found.pk)
    if shown is None:
        raise NotFound("There is no example image of this finding, or you are to read that study yourself first.")
    note_opening(user, shown.series.study, found.project)
    answer = HttpResponse(thumbnail(shown), content_type="image/png")
    # Never older than the answer to whether it may be seen.
    answer["Cache-Control"] = "private, no-store"
    return answer


@extend_schema(responses=FindingRevisionSerializer(many=True))
@api_view(["GET"])
def history(request: Request, pk: int) -> Response:
    """Who changed what, newest first."""
    found = one(Finding.objects.visible_to(person(request)), pk)
    return Response(FindingRevisionSerializer(found.revisions.select_related("by"), many=True).data)


def _manageable(request: Request, pk: int) -> Finding:
    found = one(Finding.objects.visible_to(person(request)).select_related("project"), pk)
    require(person(request), "manage", found.project)
    return found


def _resolved(fields: dict[str, Any], user: User) -> dict[str, Any]:
    """Ids become rows that this person may see."""
    fields = dict(fields)
    if fields.get("parent") is not None:
        fields["parent"] = one(Finding.objects.visible_to(user), fields["parent"])
    if fields.get("example") is not None:
        fields["example"] = one(Instance.objects.visible_to(user), fields["example"])
    return fields


def _note(request: Request) -> str:
    shape = NoteSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    return str(shape.validated_data["note"])


def _context(user: User, found: Iterable[Finding]) -> dict[str, Any]:
    return {"examples": examples_for(user=user, findings=list(found))}


def _shown(found: Finding, user: User) -> Response:
    return Response(FindingSerializer(found, context=_context(user, [found])).data)
