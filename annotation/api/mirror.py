"""The private mirror: there is no address under which anybody could ask for another person's."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.selectors.mirror import mirror_of
from core.api.lookup import person, project_for


class AgreementSerializer(serializers.Serializer[Any]):
    """Of re-read cases in which a finding was said both times; 95 % Wilson interval."""

    finding = serializers.CharField()
    same = serializers.IntegerField()
    n = serializers.IntegerField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class OutvotedSerializer(serializers.Serializer[Any]):
    reading = serializers.IntegerField()
    patient = serializers.CharField()
    finding = serializers.CharField()
    mine = serializers.CharField()
    others = serializers.DictField(child=serializers.IntegerField(), help_text="State -> how many others say so.")


class PaceSerializer(serializers.Serializer[Any]):
    cases = serializers.IntegerField()
    median_seconds = serializers.FloatField(allow_null=True)
    others_median_seconds = serializers.FloatField(allow_null=True, help_text="null below five others with five cases.")


class MirrorSerializer(serializers.Serializer[Any]):
    rereads = serializers.IntegerField()
    agreement = AgreementSerializer(many=True)
    outvoted = OutvotedSerializer(many=True)
    pace = PaceSerializer()


@extend_schema(responses=MirrorSerializer)
@api_view(["GET"])
def own_mirror(request: Request, slug: str) -> Response:
    """How I agree with myself, where others outvoted me, how long I take; mine alone"""
    user = person(request)
    found = mirror_of(user=user, project=project_for(user, slug, "annotate"))
    return Response(MirrorSerializer(asdict(found)).data)
