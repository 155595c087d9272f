"""One's own set-up of the reading room."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.services.preferences import keep_preferences, preferences_of
from core.api.lookup import person


class PreferencesSerializer(serializers.Serializer[Any]):
    keys = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=40, trim_whitespace=False)),
        required=False, help_text="Action of the room -> its keys instead of the defaults, e.g. {'skip': ['q']}.",
    )
    break_minutes = serializers.IntegerField(required=False, help_text="Reading time until a break; 0: never.")
    tour = serializers.CharField(required=False, max_length=10, help_text="new, a step's number, done or dismissed.")


@extend_schema(methods=["GET"], operation_id="room_preferences", responses=PreferencesSerializer)
@extend_schema(
    methods=["PATCH"], operation_id="keep_room_preferences", request=PreferencesSerializer,
    responses=PreferencesSerializer,
)
@api_view(["GET", "PATCH"])
def room_preferences(request: Request) -> Response:
    """Own keys, break and tour: the same on every machine"""
    user = person(request)
    if request.method == "GET":
        return Response(PreferencesSerializer(preferences_of(user=user)).data)
    shape = PreferencesSerializer(data=request.data)
    shape.is_valid(raise_exception=True)
    return Response(PreferencesSerializer(keep_preferences(user=user, **shape.validated_data)).data)
