"""Shapes of figures with their intervals. They are written by learning.toolkit and passed on as they are."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers


class Estimate(serializers.Serializer[Any]):
    value = serializers.FloatField()
    low = serializers.FloatField(allow_null=True, help_text="Of the 95 % interval by patient; null: too few cases.")
    high = serializers.FloatField(allow_null=True)


class FindingFigure(serializers.Serializer[Any]):
    auroc = Estimate(required=False, allow_null=True)
    dice = Estimate(required=False, allow_null=True, help_text="Of models that outline.")
    hd95_mm = Estimate(required=False, allow_null=True, help_text="Of models that outline.")
    n = serializers.IntegerField()
    n_positive = serializers.IntegerField()


class GateFigure(serializers.Serializer[Any]):
    macro_auroc = Estimate(required=False, allow_null=True, help_text="Absent of models that outline.")
    mean_dice = Estimate(required=False, allow_null=True, help_text="Of models that outline.")
    kind = serializers.CharField(required=False, help_text="segmentation, of models that outline.")
    n = serializers.IntegerField(help_text="Gate cases that readers have answered.")
    n_patients = serializers.IntegerField()
    simulated_readers = serializers.BooleanField(help_text="All answers come from simulated readers.")
    findings = serializers.DictField(child=FindingFigure(), help_text="By the finding's code.")


@extend_schema_serializer(component_name="PairedComparison")
class Comparison(serializers.Serializer[Any]):
    """Challenger minus champion in macro AUROC or mean Dice (`figure`), paired by patient on the same gate cases."""

    delta = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    margin = serializers.FloatField()
    verdict = serializers.ChoiceField(choices=["gain", "equivalent", "harm", "undecided"])
    non_inferior = serializers.BooleanField()
    n = serializers.IntegerField()
    n_patients = serializers.IntegerField()
    cases_to_decide = serializers.IntegerField(allow_null=True)
    per_finding = serializers.DictField(child=Estimate(allow_null=True))
    figure = serializers.CharField(required=False, help_text="AUROC or Dice; AUROC where it is missing.")
    p_value = serializers.FloatField(
        required=False, allow_null=True, help_text="Two-sided, of no difference, by the bootstrap of the interval."
    )


class ControlFigure(serializers.Serializer[Any]):
    """The random arm at equal budget, or in `missing` the sentence that says why there is none."""

    missing = serializers.CharField(required=False)
    macro_auroc = Estimate(required=False, allow_null=True)
    n = serializers.IntegerField(required=False)
    labels_spent = serializers.IntegerField(required=False)
    model = serializers.IntegerField(required=False, help_text="Number of the arm's model.")
    comparison = Comparison(required=False, allow_null=True, help_text="Challenger minus random arm.")


@extend_schema_field(GateFigure)
class GateField(serializers.JSONField):
    """Passed on as stored."""


@extend_schema_field(Comparison)
class ComparisonField(serializers.JSONField):
    """Passed on as stored."""


@extend_schema_field(ControlFigure)
class ControlField(serializers.JSONField):
    """Passed on as stored."""
