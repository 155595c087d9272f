"""readings/<id>/maps/<finding>/<method>/: where the model's evidence lies, once suggestions may be seen."""

from __future__ import annotations

import base64
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.services.readings import may_see_suggestions, my_reading
from core.access import require
from core.api.lookup import person
from core.errors import NotFound
from core.models import User
from imaging.dicomweb.access import note_opening
from learning.models import Explanation, ExplanationMethod, ExplanationPlane, HeatMap
from learning.services.explanations import Asked, ask_explanation, in_words, job_of
from learning.services.heat_maps import heat_maps_for
from workers.api.serializers import JobSerializer
from workers.api.views import job_json
from workers.models import Job


class CoarseMapSerializer(serializers.Serializer[Any]):
    """A coarse map laid over images: cells from left and top of the rectangle x, y, w, h in image pixels."""

    instance_ids = serializers.ListField(child=serializers.IntegerField(), help_text="The images it is laid over.")
    rows = serializers.IntegerField()
    columns = serializers.IntegerField()
    x = serializers.FloatField()
    y = serializers.FloatField()
    w = serializers.FloatField()
    h = serializers.FloatField()
    values = serializers.CharField(help_text="Base64 of rows × columns bytes: 0 to 255 within the range of its series.")


class SanityCheckSerializer(serializers.Serializer[Any]):
    """Whether a map depends on what was learned (Adebayo et al. 2018): compared with networks with random weights."""

    instance_ids = serializers.ListField(child=serializers.IntegerField(), help_text="The images that it speaks of.")
    planes = serializers.IntegerField(help_text="As many planes the network saw; 0 where the map is flat.")
    has_passed = serializers.BooleanField()
    similarity = serializers.FloatField(help_text="Mean size of the rank correlation with their maps, 0 to 1.")
    copies = serializers.IntegerField(help_text="How many networks with random weights.")
    sentence = serializers.CharField()


class ExplanationSerializer(serializers.Serializer[Any]):
    """What a suggestion as it was shown rests on, drawn one way. Unless `is_drawn`, maps have no check yet."""

    method = serializers.ChoiceField(choices=ExplanationMethod.choices)
    is_drawn = serializers.BooleanField()
    maps = CoarseMapSerializer(many=True)
    checks = SanityCheckSerializer(many=True)
    job = JobSerializer(allow_null=True, help_text="What draws it, or did not manage to.")


class Maps(APIView):
    """Where the evidence of a suggestion lies"""

    @extend_schema(responses=ExplanationSerializer)
    def get(self, request: Request, pk: int, finding: str, method: str) -> Response:
        """The maps of a suggestion as it was shown, as far as they are drawn

        404 while suggestions must stay hidden.
        """
        user, shown, asked = _asked(request, pk, finding, method)
        return Response(_told(asked, shown, user, job_of(asked=asked, user=user)))

    @extend_schema(request=None, responses={200: ExplanationSerializer, 202: ExplanationSerializer})
    def post(self, request: Request, pk: int, finding: str, method: str) -> Response:
        """Have the maps drawn and checked in a job (202), unless they are drawn already (200)

        404 while suggestions must stay hidden; 409 where the model's word is gone.
        """
        user, shown, asked = _asked(request, pk, finding, method)
        job = ask_explanation(asked=asked, user=user)
        told = status.HTTP_200_OK if job is None else status.HTTP_202_ACCEPTED
        return Response(_told(asked, shown, user, job), status=told)


def _asked(request: Request, pk: int, finding: str, method: str) -> tuple[User, dict[str, Any], Asked]:
    user = person(request)
    reading = my_reading(reading_id=pk, reader=user)
    require(user, "annotate", reading.project)
    shown = next((one for one in reading.shown or [] if one["finding"] == finding), None)
    if shown is None or not may_see_suggestions(reading):
        raise NotFound("No suggestion for this finding has been shown on this case.")
    asked = Asked.about(shown, study_id=reading.item.study_id, method=method)
    note_opening(user, reading.item.study, reading.project)
    return user, shown, asked


def _told(asked: Asked, shown: dict[str, Any], user: User, job: Job | None) -> dict[str, Any]:
    drawn = asked.drawn()
    is_drawn = bool(drawn) and not asked.waiting()
    maps = [_laid(plane, plane.instances) for one in drawn for plane in one.planes.all()]
    if not drawn and asked.method == ExplanationMethod.CLASS_ACTIVATION:
        kept = heat_maps_for(suggestion=shown, study_id=asked.study)
        maps = [_laid(one, [one.prediction.instance_id]) for one in kept]
    return dict(ExplanationSerializer({
        "method": asked.method, "is_drawn": is_drawn, "maps": maps, "checks": [_check(one) for one in drawn],
        "job": None,
    }).data) | {"job": None if job is None or is_drawn else job_json(job, user)}


def _laid(one: ExplanationPlane | HeatMap, instances: list[int]) -> dict[str, Any]:
    return {
        "instance_ids": instances, "rows": one.rows, "columns": one.columns, "x": one.x, "y": one.y, "w": one.w,
        "h": one.h, "values": base64.b64encode(bytes(one.values)).decode(),
    }


def _check(one: Explanation) -> dict[str, Any]:
    planes = one.planes.all()
    images = {one.prediction.instance_id, *(pk for plane in planes for pk in plane.instances)}
    return {
        "instance_ids": sorted(images), "planes": len(planes), "has_passed": one.has_passed,
        "similarity": one.similarity, "copies": one.copies, "sentence": in_words(one),
    }
