"""Shapes of comparisons."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.models import Project
from learning.api.figures import Estimate
from learning.api.recipe_shapes import SOURCES
from learning.models import Comparison
from learning.recipe import PRESETS
from learning.selectors.comparisons import arm_rows, headline, progress_of
from learning.services.comparisons.making import MOST_FOLDS, MOST_SEEDS, ArmWish
from learning.services.comparisons.wishes import wish_of


class ArmChoice(serializers.Serializer[Any]):
    """A recipe by exactly one of preset, saved, recipe, run and arm."""

    preset = serializers.ChoiceField(choices=sorted(PRESETS), required=False)
    saved = serializers.CharField(required=False, max_length=60, help_text="Name of a recipe saved in the project.")
    recipe = serializers.DictField(required=False, help_text="As /api/recipes/schema/ describes it.")
    run = serializers.IntegerField(required=False, help_text="An earlier run of the project: its recipe.")
    arm = serializers.IntegerField(required=False, help_text="An arm of an earlier comparison: its recipe.")
    name = serializers.CharField(required=False, max_length=60, help_text="What it is called in the table.")
    is_control = serializers.BooleanField(required=False, default=False)


def wishes_in(project: Project, arms: list[dict[str, Any]]) -> list[ArmWish]:
    return [wish_of(project, **arm) for arm in arms]


class ComparisonRequest(serializers.Serializer[Any]):
    """Without a control arm the first is it."""

    name = serializers.CharField(required=False, max_length=80, default="", allow_blank=True)
    arms = ArmChoice(many=True)
    seeds = serializers.IntegerField(required=False, default=3, min_value=1, max_value=MOST_SEEDS)
    folds = serializers.IntegerField(required=False, default=5, min_value=2, max_value=MOST_FOLDS)
    margin = serializers.FloatField(required=False, default=0.02, help_text="Within it counts as a tie, in AUROC.")
    findings = serializers.ListField(child=serializers.CharField(), required=False, default=list)
    sources = serializers.ListField(
        child=serializers.ChoiceField(choices=SOURCES), required=False, default=["reader"], allow_empty=False
    )


class Extension(serializers.Serializer[Any]):
    """More arms, more seeds, or both."""

    arms = ArmChoice(many=True, required=False, default=list)
    more_seeds = serializers.IntegerField(required=False, default=0, min_value=0, max_value=MOST_SEEDS)


class ControlComparison(serializers.Serializer[Any]):
    """How a run is compared with its control arm."""

    strategy = serializers.CharField(
        required=False, default="", allow_blank=True, help_text="Section of the recipe to switch off."
    )
    seeds = serializers.IntegerField(required=False, default=3, min_value=1, max_value=MOST_SEEDS)
    folds = serializers.IntegerField(required=False, default=5, min_value=2, max_value=MOST_FOLDS)


class AgainstSerializer(serializers.Serializer[Any]):
    """An arm minus the control arm, in AUROC; the interval covers patients and seeds."""

    control = serializers.CharField()
    delta = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    p = serializers.FloatField()
    p_holm = serializers.FloatField(help_text="Adjusted for all arms of the table (Holm).")
    verdict = serializers.ChoiceField(choices=["gain", "equivalent", "harm", "undecided"])
    cases_to_decide = serializers.IntegerField(allow_null=True)
    n = serializers.IntegerField()
    n_patients = serializers.IntegerField()
    n_seeds = serializers.IntegerField()
    why = serializers.CharField(help_text="What must be known beside the verdict.")
    unequal = serializers.ListField(child=serializers.CharField())
    per_finding = serializers.DictField(child=Estimate(allow_null=True))


class ArmSerializer(serializers.Serializer[Any]):
    """One line of the table."""

    id = serializers.IntegerField(source="arm.pk")
    number = serializers.IntegerField(source="arm.number")
    name = serializers.CharField(source="arm.name")
    kind = serializers.CharField(source="arm.kind")
    is_control = serializers.BooleanField(source="arm.is_control")
    recipe = serializers.DictField(source="arm.recipe")
    done = serializers.IntegerField(help_text="Trainings that are finished.")
    wanted = serializers.IntegerField()
    seconds = serializers.FloatField(help_text="Of computing, so far.")
    failure = serializers.CharField()
    auroc = serializers.SerializerMethodField()
    per_finding = serializers.SerializerMethodField()
    against = AgainstSerializer(allow_null=True)
    differs_in = serializers.SerializerMethodField(help_text="Fields of the recipe that the control arm fills else.")

    @extend_schema_field(Estimate(allow_null=True))
    def get_auroc(self, row: Any) -> Any:
        return row.judged["auroc"] if row.judged else None

    @extend_schema_field(serializers.DictField(child=Estimate(allow_null=True)))
    def get_per_finding(self, row: Any) -> Any:
        return row.judged["per_finding"] if row.judged else {}

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_differs_in(self, row: Any) -> list[str]:
        return [difference.field for difference in row.differs]


class ComparisonSerializer(serializers.ModelSerializer[Comparison]):
    """Head of a comparison, as a list shows it."""

    state = serializers.SerializerMethodField()
    arms = serializers.SerializerMethodField(help_text="Names.")
    created_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    snapshot = serializers.CharField(source="snapshot.hash", read_only=True)

    class Meta:
        model = Comparison
        fields = [
            "id", "name", "state", "arms", "findings", "seeds", "folds", "margin", "snapshot", "created_at",
            "created_by",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=["queued", "running", "done", "failed", "cancelled"]))
    def get_state(self, comparison: Comparison) -> str:
        return progress_of(comparison).state

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_arms(self, comparison: Comparison) -> list[str]:
        return [arm.name for arm in comparison.arms.all()]


class ComparisonProgress(serializers.Serializer[Any]):
    state = serializers.CharField()
    done = serializers.IntegerField()
    wanted = serializers.IntegerField()
    seconds_left = serializers.FloatField(allow_null=True)


class ComparisonDetail(ComparisonSerializer):
    """The table so far. Research use only."""

    progress = serializers.SerializerMethodField()
    headline = serializers.SerializerMethodField(help_text="What came of it, in a sentence.")
    arms = serializers.SerializerMethodField()

    class Meta(ComparisonSerializer.Meta):
        fields = [*ComparisonSerializer.Meta.fields, "progress", "headline"]
        read_only_fields = fields

    @extend_schema_field(ComparisonProgress)
    def get_progress(self, comparison: Comparison) -> dict[str, Any]:
        return dict(ComparisonProgress(progress_of(comparison)).data)

    @extend_schema_field(serializers.CharField())
    def get_headline(self, comparison: Comparison) -> str:
        return headline(comparison, arm_rows(comparison))

    @extend_schema_field(ArmSerializer(many=True))
    def get_arms(self, comparison: Comparison) -> Any:
        return ArmSerializer(arm_rows(comparison), many=True).data
