"""Shapes of runs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from learning.api.figures import Estimate
from learning.models import ModelVersion, Run, RunEpoch, Snapshot
from learning.services.repeat import repetition
from workers.api.serializers import JobSerializer


class ModelLink(serializers.ModelSerializer[ModelVersion]):
    class Meta:
        model = ModelVersion
        fields = ["id", "number", "state"]
        read_only_fields = fields


class RunHeadline(serializers.Serializer[Any]):
    """Mean AUROC over findings, by where it was measured; null while unknown."""

    held_out = Estimate(allow_null=True)
    gate = Estimate(allow_null=True)


class RunSerializer(serializers.ModelSerializer[Run]):
    """Needs `steering` in its context for the job."""

    job = JobSerializer(read_only=True)
    created_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    model = serializers.SerializerMethodField(help_text="What came of it; null while there is none.")
    headline = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = ["id", "purpose", "recipe_name", "created_at", "created_by", "job", "model", "headline", "outcome"]
        read_only_fields = fields

    @extend_schema_field(ModelLink(allow_null=True))
    def get_model(self, run: Run) -> dict[str, Any] | None:
        version = getattr(run, "model_version", None)
        return dict(ModelLink(version).data) if version is not None else None

    @extend_schema_field(RunHeadline)
    def get_headline(self, run: Run) -> dict[str, Any]:
        metrics = run.metrics or {}
        return {key: (metrics.get(key) or {}).get("macro_auroc") for key in ("held_out", "gate")}


class SnapshotSerializer(serializers.ModelSerializer[Snapshot]):
    class Meta:
        model = Snapshot
        fields = ["id", "hash", "created_at", "findings", "counts", "has_withdrawn_patients"]
        read_only_fields = fields


class RunDetail(RunSerializer):
    snapshot = SnapshotSerializer(read_only=True)
    recipe = serializers.DictField(read_only=True)
    metrics = serializers.DictField(read_only=True, allow_null=True, help_text="held_out and gate, per finding.")
    environment = serializers.DictField(read_only=True)
    has_held_out = serializers.SerializerMethodField(help_text="Held-out predictions can be downloaded.")
    repeats = serializers.IntegerField(source="repeats_id", read_only=True, allow_null=True)
    repetition = serializers.SerializerMethodField(help_text="Whether the figures of the repeated run came out again.")

    class Meta(RunSerializer.Meta):
        fields = [*RunSerializer.Meta.fields, "recipe", "snapshot", "metrics", "environment", "has_held_out", "repeats",
                  "repetition"]
        read_only_fields = fields

    def get_has_held_out(self, run: Run) -> bool:
        from learning.services.runs import held_out_path

        return held_out_path(run).exists()

    def get_repetition(self, run: Run) -> str | None:
        found = repetition(run)
        return None if found is None else found.sentence


class EpochSerializer(serializers.ModelSerializer[RunEpoch]):
    """One point of the curve. `epoch` counts on through folds: 1000 × fold + epoch of the fold."""

    values = serializers.DictField(read_only=True)

    class Meta:
        model = RunEpoch
        fields = ["epoch", "values"]
        read_only_fields = fields
