"""Shapes of hanging protocols and of what they decide."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

PLANES = ["", "axial", "sagittal", "coronal"]


def _terms(words: str = "") -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(), required=False, help_text=words)


class HangingWhenSerializer(serializers.Serializer[Any]):
    modalities = _terms("Each must be met; alternatives are written CR/DX.")
    body_parts = _terms()
    views = _terms()
    sides = _terms()
    words = _terms("Of the series description; -WORD must be missing.")
    least = serializers.IntegerField(required=False, allow_null=True, help_text="Least number of series.")
    most = serializers.IntegerField(required=False, allow_null=True)
    prior = serializers.BooleanField(
        required=False, allow_null=True, help_text="Whether there must be a comparable earlier study, or must not.",
    )


class HangingPaneSerializer(serializers.Serializer[Any]):
    study = serializers.ChoiceField(["current", "prior"], required=False)
    modalities = _terms("Preferences: what fits best hangs.")
    body_parts = _terms()
    views = _terms()
    sides = _terms()
    words = _terms()
    plane = serializers.ChoiceField(PLANES, required=False)


class HangingRuleSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    rows = serializers.IntegerField()
    columns = serializers.IntegerField()
    when = HangingWhenSerializer(required=False)
    panes = HangingPaneSerializer(many=True)


class HangingSerializer(serializers.Serializer[Any]):
    """The protocols in force; number 0: those that every project starts with."""

    number = serializers.IntegerField()
    rules = HangingRuleSerializer(many=True)


class SaveHangingSerializer(serializers.Serializer[Any]):
    base_number = serializers.IntegerField(help_text="The version that the change started from.")
    rules = HangingRuleSerializer(many=True)


class TryHangingSerializer(serializers.Serializer[Any]):
    study = serializers.CharField(help_text="UID of a study of the project.")
    rules = HangingRuleSerializer(many=True)


class HungPaneSerializer(serializers.Serializer[Any]):
    """One viewport; nulls where nothing fits what it asks for."""

    study = serializers.CharField(allow_null=True, help_text="UID.")
    is_prior = serializers.BooleanField()
    series = serializers.CharField(allow_null=True, help_text="UID.")
    image = serializers.CharField(allow_null=True, help_text="UID of the image to show; null: a stack.")
    why = serializers.CharField(allow_blank=True)


class HangingPlanSerializer(serializers.Serializer[Any]):
    """How a study hangs, and by which rule."""

    rule = serializers.CharField()
    why = serializers.ListField(child=serializers.CharField())
    rows = serializers.IntegerField()
    columns = serializers.IntegerField()
    panes = HungPaneSerializer(many=True)


class WeighedRuleSerializer(serializers.Serializer[Any]):
    rule = serializers.CharField()
    points = serializers.FloatField(allow_null=True, help_text="null: a condition fails, which `reasons` names.")
    reasons = serializers.ListField(child=serializers.CharField())


class DecisionSerializer(HangingPlanSerializer):
    weighed = WeighedRuleSerializer(many=True)
