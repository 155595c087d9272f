"""Reserved sets: drawn once, at random, before anything is ranked."""

from __future__ import annotations

import secrets

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.worklist_shapes import DrawSerializer, ReservedSerializer
from annotation.selectors.reserved import reserved_overview
from annotation.services.reserve import draw_reserved_sets
from core.access import may, require
from core.api.lookup import person, project_for


@extend_schema(methods=["GET"], operation_id="reserved_get", responses=ReservedSerializer)
@extend_schema(
    methods=["POST"], operation_id="reserved_draw", request=DrawSerializer, responses={201: ReservedSerializer}
)
@api_view(["GET", "POST"])
def reserved(request: Request, slug: str) -> Response:
    """Where the reserved sets stand; drawing them (managers) puts every other patient into the pool, for ever."""
    user = person(request)
    project = project_for(user, slug, "read" if request.method == "GET" else "manage")
    if request.method == "GET":
        if not may(user, "train", project):
            require(user, "review", project)
        return Response(ReservedSerializer(reserved_overview(project=project)).data)
    shape = DrawSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    seed = shape.validated_data.get("seed", secrets.randbelow(2**31))
    draw_reserved_sets(project=project, sizes=shape.validated_data["sizes"], seed=seed, user=user)
    return Response(ReservedSerializer(reserved_overview(project=project)).data, status=status.HTTP_201_CREATED)
