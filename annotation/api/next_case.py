"""What to read now: the worklist hands out the next case."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.next_shapes import NextRequestSerializer, NextSerializer
from annotation.api.reading_shapes import ProgressSerializer
from annotation.models import Worklist
from annotation.services.next_case import hand_out
from annotation.services.readings import progress_of
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
    ahead = shape.validated_data["ahead"]
    handed = hand_out(worklist=worklist, reader=user, ahead=worklist.cases_ahead if ahead is None else ahead)
    return Response(NextSerializer.of(handed))


@extend_schema(responses=ProgressSerializer)
@api_view(["GET"])
def progress(request: Request, pk: int) -> Response:
    """How far the worklist and its reader are."""
    user = person(request)
    worklist = one(Worklist.objects.visible_to(user), pk)
    return Response(progress_of(worklist=worklist, reader=user))
