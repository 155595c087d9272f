"""Worklists: seen by every member, made, filled and closed by managers; who reads them does not see the queue."""

from __future__ import annotations

from dataclasses import asdict

from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.worklist_shapes import (
    AddedSerializer,
    AddItemsSerializer,
    NewWorklistSerializer,
    QueuedCaseSerializer,
    WorklistEditSerializer,
    WorklistItemSerializer,
    WorklistSerializer,
)
from annotation.models import Worklist
from annotation.selectors.queue import top_of_queue
from annotation.services.filling import fill_worklist
from annotation.services.readings import progress_of
from annotation.services.worklists import create_worklist, edit_worklist
from core.access import may, require
from core.api.lookup import number_in, one, person, project_for
from core.api.pagination import Pages
from core.errors import Invalid
from core.models import Project, User
from imaging.models import Study


@extend_schema(methods=["GET"], operation_id="worklists_list", responses=WorklistSerializer(many=True))
@extend_schema(
    methods=["POST"], operation_id="worklists_create", request=NewWorklistSerializer,
    responses={201: WorklistSerializer},
)
@api_view(["GET", "POST"])
def worklists(request: Request, slug: str) -> Response:
    """The project's worklists with the progress of each."""
    user = person(request)
    if request.method == "GET":
        rows = _rows(user).filter(project=project_for(user, slug))
        return Response(WorklistSerializer(rows, many=True, context=_context(user)).data)
    project = project_for(user, slug, "manage")
    shape = NewWorklistSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    fields = dict(shape.validated_data)
    fill = fields.pop("fill")
    made = create_worklist(project=project, user=user, **fields)
    if fill:
        fill_worklist(worklist=made, user=user)
    return Response(_shown(made, user), status=status.HTTP_201_CREATED)


@extend_schema(methods=["GET"], operation_id="worklist_get", responses=WorklistSerializer)
@extend_schema(
    methods=["PATCH"], operation_id="worklist_edit", request=WorklistEditSerializer, responses=WorklistSerializer
)
@api_view(["GET", "PATCH"])
def worklist(request: Request, pk: int) -> Response:
    """One worklist; a closed one hands out nothing new."""
    user = person(request)
    found = one(_rows(user), pk)
    if request.method == "PATCH":
        require(user, "manage", found.project)
        shape = WorklistEditSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        edit_worklist(worklist=found, user=user, **shape.validated_data)
    return Response(_shown(found, user))


@extend_schema(
    methods=["GET"], operation_id="worklist_items", responses=WorklistItemSerializer(many=True),
    parameters=[OpenApiParameter("page", int), OpenApiParameter("page_size", int)],
)
@extend_schema(
    methods=["POST"], operation_id="worklist_add", request=AddItemsSerializer, responses={201: AddedSerializer}
)
@api_view(["GET", "POST"])
def items(request: Request, pk: int) -> Response:
    """The cases on a list; new ones go to the end of its queue."""
    user = person(request)
    found = one(_rows(user), pk)
    if request.method == "GET":
        _require_overview(user, found.project)
        taken, done = Count("slots"), Count("slots", filter=Q(slots__state="done"))
        rows = found.items.select_related("study__patient").annotate(slots_taken=taken, slots_done=done).order_by("pk")
        pages = Pages()
        page = pages.paginate_queryset(rows, request) or []
        return pages.get_paginated_response(WorklistItemSerializer(page, many=True).data)
    require(user, "manage", found.project)
    shape = AddItemsSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    studies = None if shape.validated_data["all"] else _named(user, found, shape.validated_data.get("studies", []))
    added = fill_worklist(worklist=found, user=user, studies=studies)
    return Response({"added": added}, status=status.HTTP_201_CREATED)


@extend_schema(responses=QueuedCaseSerializer(many=True), parameters=[OpenApiParameter("count", int)])
@api_view(["GET"])
def queue(request: Request, pk: int) -> Response:
    """What is handed out next, and why. A reader who may yet read a case unaided is not told why it is here."""
    user = person(request)
    found = one(_rows(user), pk)
    _require_overview(user, found.project)
    count = min(500, max(1, number_in(request.query_params, "count", default=20)))
    cases = top_of_queue(worklist=found, user=user, count=count)
    return Response(QueuedCaseSerializer([asdict(case) for case in cases], many=True).data)


def _require_overview(user: User, project: Project) -> None:
    """Reviewers, researchers and managers; readers must not see what waits for them, and why."""
    if not may(user, "train", project):
        require(user, "review", project)


def _named(user: User, worklist: Worklist, uids: list[str]) -> list[Study]:
    if not uids:
        raise Invalid("Name the studies, or send all: true.", field="studies")
    found = list(Study.objects.visible_to(user).filter(projects=worklist.project, uid__in=uids))
    missing = set(uids) - {study.uid for study in found}
    if missing:
        raise Invalid(f"{len(missing)} of these studies are not in this project.", missing=sorted(missing)[:20])
    return found


def _rows(user: User) -> QuerySet[Worklist]:
    return Worklist.objects.visible_to(user).select_related("project", "ranking")


def _context(user: User) -> dict[str, object]:
    return {"progress": lambda worklist: progress_of(worklist=worklist, reader=user)}


def _shown(worklist: Worklist, user: User) -> object:
    return WorklistSerializer(worklist, context=_context(user)).data
