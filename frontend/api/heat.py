"""GET readings/<id>/heat/<finding>/: where the model's evidence lies, once suggestions may be seen."""

from __future__ import annotations

import base64
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.services.readings import may_see_suggestions, my_reading
from core.access import require
from core.api.lookup import person
from core.errors import NotFound
from imaging.dicomweb.access import note_opening
from learning.models import HeatMap
from learning.services.heat_maps import heat_maps_for


class HeatMapSerializer(serializers.Serializer[Any]):
    """A coarse map laid over one image: cells from left and top of the rectangle x, y, w, h in image pixels."""

    instance_id = serializers.IntegerField()
    rows = serializers.IntegerField()
    columns = serializers.IntegerField()
    x = serializers.FloatField()
    y = serializers.FloatField()
    w = serializers.FloatField()
    h = serializers.FloatField()
    values = serializers.CharField(help_text="Base64 of rows × columns bytes: 0 to 255 within this map's own range.")


@extend_schema(responses=HeatMapSerializer(many=True))
@api_view(["GET"])
def heat(request: Request, pk: int, finding: str) -> Response:
    """Maps of the suggestion as it was shown; empty where none is kept. 404 while suggestions must stay hidden."""
    user = person(request)
    reading = my_reading(reading_id=pk, reader=user)
    require(user, "annotate", reading.project)
    shown = next((one for one in reading.shown or [] if one["finding"] == finding), None)
    if shown is None or not may_see_suggestions(reading):
        raise NotFound("No suggestion for this finding has been shown on this case.")
    study = reading.item.study
    note_opening(user, study, reading.project)
    maps = heat_maps_for(suggestion=shown, study_id=study.pk)
    return Response(HeatMapSerializer([_told(one) for one in maps], many=True).data)


def _told(one: HeatMap) -> dict[str, Any]:
    return {
        "instance_id": one.prediction.instance_id, "rows": one.rows, "columns": one.columns, "x": one.x, "y": one.y,
        "w": one.w, "h": one.h, "values": base64.b64encode(bytes(one.values)).decode(),
    }
