"""Readings: a reader's own may be changed, reviewers and managers look."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.reading_shapes import (
    ReadingSerializer,
    SavedSerializer,
    SaveSerializer,
    SkipSerializer,
    StaleSerializer,
    SubmitSerializer,
    SubmittedSerializer,
)
from annotation.models import Reading, ReadingState
from annotation.selectors.my_list import own_readings
from annotation.selectors.unaided import is_read_unaided
from annotation.services import readings
from annotation.services.second_look import ask_back
from core.access import require
from core.api.lookup import number_in, one, person, project_for
from core.api.pagination import Pages
from core.errors import NotFound
from core.models import User

_SHOWN = ("project", "item__worklist", "item__study", "reader")


@extend_schema(
    operation_id="readings_mine", responses=ReadingSerializer(many=True),
    parameters=[
        OpenApiParameter("worklist", int), OpenApiParameter("state", str, enum=ReadingState.values),
        OpenApiParameter("page", int), OpenApiParameter("page_size", int),
    ],
)
@api_view(["GET"])
def own_history(request: Request, slug: str) -> Response:
    """The reader's own readings in this project, newest first."""
    user = person(request)
    rows = own_readings(user=user, project=project_for(user, slug))
    if worklist := number_in(request.query_params, "worklist", default=0):
        rows = rows.filter(item__worklist=worklist)
    if state := request.query_params.get("state"):
        rows = rows.filter(state=state)
    pages = Pages()
    page = pages.paginate_queryset(rows.select_related(*_SHOWN).order_by("-saved_at", "-pk"), request) or []
    return pages.get_paginated_response(ReadingSerializer(page, many=True).data)


@extend_schema(responses=ReadingSerializer)
@api_view(["GET"])
def detail(request: Request, pk: int) -> Response:
    """One's own reading; reviewers and managers see everybody's, of cases that they need not read unaided any more."""
    user = person(request)
    found = one(Reading.objects.visible_to(user).select_related(*_SHOWN), pk)
    if found.reader_id != user.pk and is_read_unaided(user=user, project=found.project, study=found.item.study):
        raise NotFound("You are to read this case yourself first; then you see what others said.")
    return _shown(found, viewer=user)


@extend_schema(request=SaveSerializer, responses={200: SavedSerializer, 409: StaleSerializer})
@api_view(["PUT"])
def draft(request: Request, pk: int) -> Response:
    """Autosave. Answered after commit; a tab that is behind gets 409 with both versions."""
    reading = _mine(request, pk)
    version = readings.save_draft(reading=reading, reader=reading.reader, **_saved(request))
    return Response({"draft_version": version})


@extend_schema(request=SaveSerializer, responses={200: ReadingSerializer, 409: StaleSerializer})
@api_view(["POST"])
def lock(request: Request, pk: int) -> Response:
    """Second-reader mode: lock one's own answer; suggestions may be shown from then on."""
    reading = _mine(request, pk)
    return _shown(readings.lock_unaided(reading=reading, reader=reading.reader, **_saved(request)))


@extend_schema(request=SubmitSerializer, responses={200: SubmittedSerializer, 409: StaleSerializer})
@api_view(["POST"])
def submit(request: Request, pk: int) -> Response:
    """Write the answer into the ledger. The same answer twice is one version. A second look comes first if asked."""
    reading = _mine(request, pk)
    shape = SubmitSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    saved = dict(shape.validated_data)
    wants = saved.pop("second_look")
    asked = ask_back(reading=reading, reader=reading.reader, **saved) if wants == "ask" else []
    version = None if asked else readings.submit_reading(reading=reading, reader=reading.reader, **saved)
    submitted = {
        "version": version.number if version else None, "submitted_at": version.submitted_at if version else None,
        "draft_version": reading.draft_version, "second_look": [asdict(one) for one in asked],
    }
    return Response(SubmittedSerializer(submitted).data)


@extend_schema(request=None, responses=ReadingSerializer)
@api_view(["POST"])
def amend(request: Request, pk: int) -> Response:
    """Open a submitted reading again; what was submitted counts until the next submit."""
    reading = _mine(request, pk)
    return _shown(readings.amend_reading(reading=reading, reader=reading.reader))


@extend_schema(request=SkipSerializer, responses={200: ReadingSerializer})
@api_view(["POST"])
def skip(request: Request, pk: int) -> Response:
    """Give the case back with a reason; the draft stays."""
    shape = SkipSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    reading = _mine(request, pk)
    readings.skip_reading(reading=reading, reader=reading.reader, reason=shape.validated_data["reason"])
    return _shown(reading)


def _mine(request: Request, pk: int) -> Reading:
    reading = readings.my_reading(reading_id=pk, reader=person(request))
    require(reading.reader, "annotate", reading.project)
    return reading


def _saved(request: Request) -> dict[str, Any]:
    shape = SaveSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    return dict(shape.validated_data)


def _shown(reading: Reading, viewer: User | None = None) -> Response:
    return Response(ReadingSerializer(reading, context={"viewer": viewer}).data, status=status.HTTP_200_OK)
