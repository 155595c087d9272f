"""Shapes of model versions."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from learning.api.figures import Estimate
from learning.models import ModelVersion
from learning.selectors.headline import task_of


class ModelSerializer(serializers.ModelSerializer[ModelVersion]):
    parent = serializers.SlugRelatedField[Any](  # type: ignore[assignment]
        slug_field="number", read_only=True, allow_null=True, help_text="Number of the model it was started from."
    )
    purpose = serializers.CharField(source="run.purpose", read_only=True)
    gate_auroc = serializers.SerializerMethodField(help_text="Mean over findings; null while the gate set is unread.")
    findings = serializers.ListField(child=serializers.CharField(), read_only=True)
    task = serializers.SerializerMethodField(help_text="binary, multiclass, ordinal, segmentation or progression.")

    class Meta:
        model = ModelVersion
        fields = [
            "id", "number", "state", "run", "purpose", "parent", "findings", "gate_auroc", "sha256",
            "used_withdrawn_patients", "created_at", "task", "suggests_masks",
        ]
        read_only_fields = fields

    @extend_schema_field(Estimate(allow_null=True))
    def get_gate_auroc(self, version: ModelVersion) -> dict[str, Any] | None:
        return version.gate.get("macro_auroc") if version.gate is not None else None

    def get_task(self, version: ModelVersion) -> str:
        return task_of(version)


class ModelDetail(ModelSerializer):
    gate = serializers.DictField(read_only=True, allow_null=True, help_text="Per finding, with intervals and curves.")
    card = serializers.DictField(read_only=True)
    statement = serializers.SerializerMethodField()

    class Meta(ModelSerializer.Meta):
        fields = [*ModelSerializer.Meta.fields, "gate", "card", "statement"]
        read_only_fields = fields

    def get_statement(self, version: ModelVersion) -> str:
        return str(version.card["statement"])
