"""What to read now: the worklist hands out the next case."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.reading_shapes import NextRequestSerializer, NextSerializer, ProgressSerializer
from annotation.models import Worklist
from annotation.services.readings import open_reading, progress_of
from annotation.services.worklists import next_slot, reserve_ahead
from core.access import require
from core.api.lookup import one, person


@extend_schema(request=NextRequestSerializer, responses=NextSerializer)
@api_view(["POST"])
def next_case(request: Request, pk: int) -> Response:
    """Reserve and open the reader's next case; asking again gives the same one until it is submitted or skipped."""
    shape = NextRequestSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    user = person(request)
    worklist = one(Worklist.objects.visible_to(user).select_related("project"), pk)
    require(user, "annotate", worklist.project)
    slot = next_slot(worklist=worklist, reader=user)
    reading = None if slot is None else open_reading(slot=slot)
    wanted = 1 + shape.validated_data["ahead"]
    ahead = [] if slot is None else reserve_ahead(worklist=worklist, reader=user, count=wanted)
    return Response({
        "reading": None if reading is None else reading.pk,
        "ahead": [
            {"reading": None, "study_uid": held.item.study.uid}
            for held in ahead if slot is not None and held.pk != slot.pk
        ],
        "progress": progress_of(worklist=worklist, reader=user),
    })


@extend_schema(responses=ProgressSerializer)
@api_view(["GET"])
def progress(request: Request, pk: int) -> Response:
    """How far the worklist and its reader are."""
    user = person(request)
    worklist = one(Worklist.objects.visible_to(user), pk)
    return Response(progress_of(worklist=worklist, reader=user))
