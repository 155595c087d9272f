"""My list: what of a worklist is the reader's own."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Worklist
from annotation.selectors.my_list import STATES, Wanted, my_list
from core.access import require
from core.api.lookup import one, person


class WantedSerializer(serializers.Serializer[Any]):
    """Empty filters take everything."""

    state = serializers.ChoiceField(choices=STATES, required=False, allow_blank=True)
    finding = serializers.CharField(max_length=60, default="", allow_blank=True, help_text="Code of one said present.")
    flagged = serializers.BooleanField(default=False, help_text="Only where a question of mine is open.")
    since = serializers.DateField(required=False, allow_null=True, default=None, help_text="Last saved on or after.")
    until = serializers.DateField(required=False, allow_null=True, default=None)
    text = serializers.CharField(max_length=80, default="", allow_blank=True, help_text="In pseudonym, comment, why.")


class MyCaseSerializer(serializers.Serializer[Any]):
    reading = serializers.IntegerField()
    study_uid = serializers.CharField()
    patient = serializers.CharField()
    study_date = serializers.DateField(allow_null=True)
    state = serializers.ChoiceField(choices=STATES)
    is_flagged = serializers.BooleanField()
    findings = serializers.ListField(child=serializers.CharField(), help_text="Codes that I say are present.")
    comment = serializers.CharField()
    skip_reason = serializers.CharField()
    saved_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)


class MyListSerializer(serializers.Serializer[Any]):
    """At most 200 of `total`; `counts` by state, filters aside."""

    cases = MyCaseSerializer(many=True)
    total = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())


@extend_schema(parameters=[WantedSerializer], responses=MyListSerializer)
@api_view(["GET"])
def mine(request: Request, pk: int) -> Response:
    """The reader's own cases of this worklist: open, laid ready, begun, handed in, skipped, flagged"""
    user = person(request)
    worklist = one(Worklist.objects.visible_to(user).select_related("project"), pk)
    require(user, "annotate", worklist.project)
    shape = WantedSerializer(data=request.query_params)
    shape.is_valid(raise_exception=True)
    found = my_list(worklist=worklist, user=user, wanted=Wanted(**shape.validated_data))
    return Response(MyListSerializer(asdict(found)).data)
