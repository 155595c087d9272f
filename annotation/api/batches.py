"""Batches of the ledger: what one act wrote, and its withdrawal."""

from __future__ import annotations

from django.db.models import Count
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.finding_shapes import NoteSerializer
from annotation.models import Batch
from annotation.services.ledger import withdraw_batch
from core.access import require
from core.api.lookup import one, person, project_for
from core.api.pagination import Pages


class BatchSerializer(serializers.ModelSerializer[Batch]):
    source = serializers.CharField(read_only=True)  # type: ignore[assignment]  # the batch's, not the field's
    is_simulated = serializers.BooleanField(source="source.is_simulated", read_only=True)
    created_by = serializers.CharField(source="created_by.username", default="", read_only=True)
    withdrawn_by = serializers.CharField(source="withdrawn_by.username", default="", read_only=True)
    lines = serializers.IntegerField(read_only=True)

    class Meta:
        model = Batch
        fields = [
            "id", "act", "source", "is_simulated", "created_at", "created_by", "note", "lines", "withdrawn_at",
            "withdrawn_by",
        ]
        read_only_fields = fields


@extend_schema(
    operation_id="batches_list", responses=BatchSerializer(many=True),
    parameters=[
        OpenApiParameter("act", str, enum=[a for a, _ in Batch.ACTS]), OpenApiParameter("page", int),
        OpenApiParameter("page_size", int),
    ],
)
@api_view(["GET"])
def batches(request: Request, slug: str) -> Response:
    """What has been written into the project's ledger, newest first."""
    user = person(request)
    project = project_for(user, slug, "train")
    rows = Batch.objects.visible_to(user).filter(project=project)
    if act := request.query_params.get("act"):
        rows = rows.filter(act=act)
    rows = rows.select_related("source", "created_by", "withdrawn_by").annotate(lines=Count("observations"))
    pages = Pages()
    page = pages.paginate_queryset(rows.order_by("-pk"), request) or []
    return pages.get_paginated_response(BatchSerializer(page, many=True).data)


@extend_schema(request=NoteSerializer, responses=BatchSerializer)
@api_view(["POST"])
def withdraw(request: Request, pk: int) -> Response:
    """Undo one act: its lines stop counting, what they had superseded counts again."""
    user = person(request)
    shape = NoteSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    rows = Batch.objects.visible_to(user).select_related("project", "source", "created_by", "withdrawn_by")
    batch = one(rows.annotate(lines=Count("observations")), pk)
    require(user, "manage", batch.project)
    withdraw_batch(batch=batch, user=user, note=shape.validated_data["note"])
    return Response(BatchSerializer(batch).data)
