"""GET instances/<SOP instance UID>/header/: what is kept of an image's header, for the tag browser."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.lookup import number_in, person
from core.errors import NotFound
from imaging.dicom.header_rows import header_rows
from imaging.dicomweb.access import note_opening
from imaging.dicomweb.wado import with_address
from imaging.models import Instance


class HeaderRowSerializer(serializers.Serializer[Any]):
    depth = serializers.IntegerField(help_text="0: an element of the header itself; 1: inside a sequence; and so on.")
    tag = serializers.CharField(allow_blank=True, help_text="(0028,0030); empty where an item of a sequence begins.")
    name = serializers.CharField()
    keyword = serializers.CharField(allow_blank=True)
    vr = serializers.CharField(allow_blank=True)
    value = serializers.CharField(allow_blank=True)
    is_cut = serializers.BooleanField(help_text="There is more than is shown.")


class HeaderSerializer(serializers.Serializer[Any]):
    sop_uid = serializers.CharField()
    frame = serializers.IntegerField()
    frames = serializers.IntegerField()
    rows = HeaderRowSerializer(many=True)


@extend_schema(
    operation_id="instance_header", responses=HeaderSerializer,
    parameters=[OpenApiParameter("frame", int, description="Counts from 0: of frame groups this one is shown.")],
)
@api_view(["GET"])
def header(request: Request, sop_uid: str) -> Response:
    """The de-identified header as stored, with nested sequences, and of frame groups the frame asked for."""
    user = person(request)
    found = Instance.objects.visible_to(user).select_related("series__study").filter(sop_uid=sop_uid).first()
    if found is None:
        raise NotFound("There is no such image, or you may not see it.")
    note_opening(user, found.series.study)
    frame = min(max(number_in(request.query_params, "frame", default=0), 0), found.frames - 1)
    rows = [asdict(row) for row in header_rows(with_address(found), frame=frame)]
    answer = {"sop_uid": found.sop_uid, "frame": frame, "frames": found.frames, "rows": rows}
    return Response(HeaderSerializer(answer).data)
