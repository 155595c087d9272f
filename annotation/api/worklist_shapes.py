"""Shapes of worklists and reserved sets as the API sends and takes them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.api.reading_shapes import ProgressSerializer
from annotation.models import Ranking, ReadingMode, ReportPolicy, TestOpening, Worklist, WorklistItem, WorklistKind
from annotation.services.reserve import PURPOSES


class RankingSerializer(serializers.ModelSerializer[Ranking]):
    class Meta:
        model = Ranking
        fields = ["id", "query", "model_version", "created_at", "entries_total"]
        read_only_fields = fields


class WorklistSerializer(serializers.ModelSerializer[Worklist]):
    """What to read, and how. `progress.mine` is that of the person who asks."""

    ranking = RankingSerializer(read_only=True, allow_null=True)
    progress = serializers.SerializerMethodField()

    class Meta:
        model = Worklist
        fields = [
            "id", "name", "kind", "mode", "report_policy", "unaided_share", "has_second_look", "readings_needed",
            "reservation_minutes", "cases_ahead", "reread_share", "reread_after_days", "is_open", "created_at",
            "ranking", "progress",
        ]
        read_only_fields = fields

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, worklist: Worklist) -> dict[str, int]:
        found: dict[str, int] = self.context["progress"](worklist)
        return found


class NewWorklistSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=WorklistKind.choices, default=WorklistKind.RANKED)
    mode = serializers.ChoiceField(choices=ReadingMode.choices, required=False)
    report_policy = serializers.ChoiceField(choices=ReportPolicy.choices, default=ReportPolicy.NEVER)
    unaided_share = serializers.FloatField(min_value=0, max_value=1, required=False)
    has_second_look = serializers.BooleanField(default=True, help_text="Ask back where a sure model is contradicted.")
    readings_needed = serializers.IntegerField(min_value=1, max_value=20, default=1)
    reservation_minutes = serializers.IntegerField(min_value=1, max_value=1440, default=30)
    cases_ahead = serializers.IntegerField(min_value=0, max_value=5, default=2, help_text="Laid ready for each reader.")
    reread_share = serializers.FloatField(min_value=0, max_value=0.5, default=0.0, help_text="Cases handed out again.")
    reread_after_days = serializers.IntegerField(min_value=1, max_value=3650, default=14)
    fill = serializers.BooleanField(default=False, help_text="Put every study on it that belongs there.")


class WorklistEditSerializer(serializers.Serializer[Any]):
    """How cases are read holds for those not opened yet."""

    name = serializers.CharField(max_length=80, required=False)
    is_open = serializers.BooleanField(required=False)
    mode = serializers.ChoiceField(choices=ReadingMode.choices, required=False)
    report_policy = serializers.ChoiceField(choices=ReportPolicy.choices, required=False)
    unaided_share = serializers.FloatField(min_value=0, max_value=1, required=False)
    has_second_look = serializers.BooleanField(required=False)
    reservation_minutes = serializers.IntegerField(min_value=1, max_value=1440, required=False)
    cases_ahead = serializers.IntegerField(min_value=0, max_value=5, required=False)
    reread_share = serializers.FloatField(min_value=0, max_value=0.5, required=False)
    reread_after_days = serializers.IntegerField(min_value=1, max_value=3650, required=False)


class AddItemsSerializer(serializers.Serializer[Any]):
    """Which studies: by uid, or `all` that belong here (the pool; for a reference list, the reserved sets)."""

    studies = serializers.ListField(child=serializers.CharField(max_length=64), required=False, max_length=10_000)
    all = serializers.BooleanField(default=False)


class AddedSerializer(serializers.Serializer[Any]):
    added = serializers.IntegerField()


class WorklistItemSerializer(serializers.ModelSerializer[WorklistItem]):
    study_uid = serializers.CharField(source="study.uid", read_only=True)
    patient = serializers.CharField(source="study.patient.pseudonym", read_only=True)
    slots_taken = serializers.IntegerField(read_only=True)
    slots_done = serializers.IntegerField(read_only=True)

    class Meta:
        model = WorklistItem
        fields = ["id", "study_uid", "patient", "slots_total", "slots_taken", "slots_done", "retired_at"]
        read_only_fields = fields


class QueuedCaseSerializer(serializers.Serializer[Any]):
    """A case that waits; priority and reason are null for somebody who may yet read it unaided."""

    place = serializers.IntegerField()
    study_uid = serializers.CharField()
    patient = serializers.CharField()
    priority = serializers.FloatField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    slots_open = serializers.IntegerField()


class ReservedSetSerializer(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(choices=PURPOSES)
    version = serializers.IntegerField()
    drawn_at = serializers.DateTimeField()
    cases = serializers.IntegerField()
    read = serializers.IntegerField(help_text="Cases with a reader's answer.")


class TestOpeningSerializer(serializers.ModelSerializer[TestOpening]):
    by = serializers.CharField(source="by.username", read_only=True)

    class Meta:
        model = TestOpening
        fields = ["by", "at", "model_version", "note"]
        read_only_fields = fields


class ReservedSerializer(serializers.Serializer[Any]):
    """Calibration, gate and test set, what is left for the pool, and each time that the test set was opened."""

    is_drawn = serializers.BooleanField()
    sets = ReservedSetSerializer(many=True)
    pool = serializers.IntegerField(help_text="Studies in the pool.")
    undrawn = serializers.IntegerField(help_text="Studies whose patient has no set yet.")
    unidentified = serializers.IntegerField(help_text="Studies without a patient id: never in a reserved set.")
    test_openings = TestOpeningSerializer(many=True)


class SizesSerializer(serializers.Serializer[Any]):
    gate = serializers.IntegerField(min_value=0, required=False)
    calibration = serializers.IntegerField(min_value=0, required=False)
    test = serializers.IntegerField(min_value=0, required=False)


class DrawSerializer(serializers.Serializer[Any]):
    """How many studies for each set. The draw is random, once, for ever."""

    sizes = SizesSerializer()
    seed = serializers.IntegerField(required=False, min_value=0, max_value=2**62)
