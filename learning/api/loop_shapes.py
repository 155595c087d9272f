"""Shapes of the loop and its turns."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from learning.api.figures import ComparisonField, ControlField, GateField
from learning.api.run_shapes import ModelLink
from learning.models import Iteration, Loop
from learning.recipe import PRESETS
from learning.selectors.loop_story import turn_state
from learning.selectors.moved import moved_for
from workers.api.serializers import JobSerializer


class MovedCase(serializers.Serializer[Any]):
    label = serializers.CharField(help_text="The patient's pseudonym.")  # type: ignore[assignment]
    before = serializers.IntegerField(help_text="Place in the queue before the turn, from 1.")
    after = serializers.IntegerField()
    why = serializers.CharField(allow_blank=True, help_text="Empty while it might sway your own unaided reading.")
    is_withheld = serializers.BooleanField()


class TurnSerializer(serializers.ModelSerializer[Iteration]):
    """Needs `user` and `steering` in its context."""

    state = serializers.SerializerMethodField(help_text="training, judging, ranking, done, failed or cancelled")
    champion = ModelLink(read_only=True, allow_null=True, help_text="Before this turn.")
    challenger = ModelLink(read_only=True, allow_null=True)
    gate = GateField(read_only=True, allow_null=True, help_text="The challenger on the gate set.")
    comparison = ComparisonField(read_only=True, allow_null=True)
    control = ControlField(read_only=True, allow_null=True)
    moved = serializers.SerializerMethodField(help_text="Cases that moved most in the queue, and why.")
    overridden_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    job = JobSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Iteration
        fields = [
            "id", "number", "state", "labels_spent", "run", "champion", "challenger", "gate", "comparison", "control",
            "promoted", "decision", "overridden_by", "override_note", "moved", "job", "created_at", "finished_at",
        ]
        read_only_fields = fields

    def get_state(self, turn: Iteration) -> str:
        return turn_state(turn)

    @extend_schema_field(MovedCase(many=True))
    def get_moved(self, turn: Iteration) -> list[Any]:
        return list(MovedCase(moved_for(self.context["user"], turn), many=True).data)


class LoopSettings(serializers.ModelSerializer[Loop]):
    recipe = serializers.DictField(read_only=True)
    pseudolabel_thresholds = serializers.DictField(child=serializers.FloatField(), read_only=True)

    class Meta:
        model = Loop
        fields = [
            "worklist", "query", "corrections_per_turn", "rule", "margin", "pseudolabel_threshold",
            "pseudolabel_thresholds", "pseudolabel_weight", "audited_share", "has_random_arm", "recipe", "started_at",
        ]
        read_only_fields = fields


class Story(serializers.Serializer[Any]):
    """The loop in sentences; empty where there is nothing to say."""

    state = serializers.CharField(help_text="waiting, turn running, stopped or failed")
    headline = serializers.CharField()
    labels = serializers.CharField(allow_blank=True)
    figure = serializers.CharField(allow_blank=True)
    difference = serializers.CharField(allow_blank=True)
    random_arm = serializers.CharField(allow_blank=True)
    decision = serializers.CharField(allow_blank=True)
    moved = serializers.CharField(allow_blank=True)
    corrections = serializers.CharField()
    rule = serializers.CharField()


class LoopSerializer(serializers.Serializer[Any]):
    """Everything a page needs. Without a loop `settings` and `story` are null and `missing` says what to do first."""

    is_running = serializers.BooleanField()
    missing = serializers.ListField(child=serializers.CharField(), help_text="What to do before a loop can start.")
    settings = LoopSettings(allow_null=True)
    rule = serializers.CharField(allow_blank=True, help_text="The rule of promotion in words.")
    story = Story(allow_null=True)
    champion = ModelLink(allow_null=True)
    turns = TurnSerializer(many=True)
    corrections_waiting = serializers.IntegerField()
    corrections_per_turn = serializers.IntegerField()
    can_simulate = serializers.BooleanField(help_text="The truth of these cases is on record for simulated readers.")
    jobs = JobSerializer(many=True, help_text="The loop's unfinished jobs.")


class LoopStart(serializers.Serializer[Any]):
    """All optional: what is left out keeps its value, or the default in a new loop."""

    worklist = serializers.IntegerField(required=False, help_text="A ranked worklist; by default the longest.")
    preset = serializers.ChoiceField(choices=sorted(PRESETS), required=False)
    recipe = serializers.DictField(required=False)
    query = serializers.CharField(required=False, help_text="What makes a case worth reading: margin, entropy…")
    corrections_per_turn = serializers.IntegerField(required=False, min_value=1, max_value=10_000)
    rule = serializers.ChoiceField(choices=Loop.RULES, required=False)
    margin = serializers.FloatField(required=False, min_value=0, max_value=0.5)
    pseudolabel_threshold = serializers.FloatField(required=False, min_value=0.501, max_value=1)
    pseudolabel_thresholds = serializers.DictField(
        child=serializers.FloatField(min_value=0.501, max_value=1), required=False,
        help_text="Finding code → its own threshold; findings that are left out use pseudolabel_threshold.",
    )
    pseudolabel_weight = serializers.FloatField(required=False, min_value=0, max_value=1)
    audited_share = serializers.FloatField(required=False, min_value=0, max_value=1)
    has_random_arm = serializers.BooleanField(required=False)


class Simulation(serializers.Serializer[Any]):
    readings = serializers.IntegerField(min_value=1, max_value=1000, default=100)
    turns = serializers.IntegerField(min_value=1, max_value=20, default=3)


class Override(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=300, help_text="Why you decide against the rule. It stays with the turn.")
