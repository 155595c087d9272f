"""Shapes of text models, labelers, accuracy and the language model. Figures are passed on as they were written."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.models import Finding
from reports_nlp.learning.types import KINDS, STATES
from reports_nlp.models import TextModel
from reports_nlp.selectors.labelers import sentence_of
from reports_nlp.services.text_models import is_stale

VERDICTS = ["gain", "equivalent", "harm", "undecided"]


class FindingName(serializers.ModelSerializer[Finding]):
    class Meta:
        model = Finding
        fields = ["id", "code", "name"]
        read_only_fields = fields


class Share(serializers.Serializer[Any]):
    value = serializers.FloatField()
    low = serializers.FloatField(allow_null=True, help_text="Of the 95 % interval by patient; null: one patient alone.")
    high = serializers.FloatField(allow_null=True)


class TaskScoreSerializer(serializers.Serializer[Any]):
    """One task: mention, negation, uncertainty or presence. Null where nobody says yes."""

    yes = serializers.IntegerField(help_text="Cases of which the reader says yes.")
    said_yes = serializers.IntegerField(help_text="Cases of which the labeler says yes.")
    precision = Share(allow_null=True)
    recall = Share(allow_null=True)
    f1 = Share(allow_null=True)


class ScoresSerializer(serializers.Serializer[Any]):
    n = serializers.IntegerField(help_text="Reports and findings judged.")
    n_patients = serializers.IntegerField()
    agreement = Share(allow_null=True)
    tasks = serializers.DictField(child=TaskScoreSerializer(), help_text="mention, negation, uncertainty, presence")


class ComparisonWithRules(serializers.Serializer[Any]):
    """Micro F1 over present, absent and equivocal on the same cases: model minus rules, patients drawn together."""

    rules = serializers.FloatField()
    model = serializers.FloatField()
    delta = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    margin = serializers.FloatField()
    verdict = serializers.ChoiceField(choices=VERDICTS)
    n = serializers.IntegerField()
    n_patients = serializers.IntegerField()
    put_right = serializers.IntegerField(help_text="Cases that the rules had wrong and the model has right.")
    spoiled = serializers.IntegerField(help_text="The reverse.")
    sign_p = serializers.FloatField()
    cases_to_decide = serializers.IntegerField(allow_null=True, help_text="Held-out verdicts that would decide.")
    sentence = serializers.CharField()


class Judgement(serializers.Serializer[Any]):
    rules = ScoresSerializer()
    model = ScoresSerializer()
    comparison = ComparisonWithRules(allow_null=True)
    why = serializers.CharField(required=False, help_text="Why there is no comparison.")


class TextModelMetrics(serializers.Serializer[Any]):
    held_out = Judgement()
    blind = Judgement(allow_null=True, help_text="On blind verdicts alone; null: there are none.")
    calibration_error = serializers.FloatField(allow_null=True, help_text="0 to 1, on held-out verdicts.")
    accepted_share = serializers.FloatField(allow_null=True, help_text="Of held-out verdicts that accepted the rules.")
    without_evidence = serializers.IntegerField(help_text="Held-out answers without a span; the rules' answer stays.")
    n_train = serializers.IntegerField()
    n_train_patients = serializers.IntegerField()
    trained_on = serializers.DictField(child=serializers.IntegerField(), help_text="State → verdicts.")
    left_out = serializers.DictField(child=serializers.IntegerField(), help_text="Why → verdicts not used.")
    looks = serializers.IntegerField(help_text="How many models of this kind these held-out patients have judged.")
    simulated = serializers.IntegerField(help_text="Verdicts of simulated readers.")
    caveats = serializers.ListField(child=serializers.CharField())


class TextModelSerializer(serializers.ModelSerializer[TextModel]):
    """Needs `rules` (those in force) in its context."""

    finding = FindingName(read_only=True)
    kind = serializers.ChoiceField(choices=list(KINDS), read_only=True)
    state = serializers.ChoiceField(choices=TextModel.STATES, read_only=True)
    verdict = serializers.ChoiceField(choices=VERDICTS, read_only=True)
    is_stale = serializers.SerializerMethodField(help_text="Measured against other rules than those in force.")
    may_promote = serializers.SerializerMethodField(help_text="It beats the rules in force and is not in their place.")
    used_withdrawn_patients = serializers.SerializerMethodField()
    sentence = serializers.SerializerMethodField()
    metrics = serializers.SerializerMethodField(help_text="Null where it was never judged.")

    class Meta:
        model = TextModel
        fields = [
            "id", "finding", "kind", "state", "verdict", "is_stale", "may_promote", "used_withdrawn_patients",
            "sentence", "metrics", "created_at", "job_id",
        ]
        read_only_fields = fields

    def get_is_stale(self, model: TextModel) -> bool:
        return is_stale(model, self.context["rules"])

    def get_may_promote(self, model: TextModel) -> bool:
        return model.verdict == "gain" and model.state != "promoted" and not self.get_is_stale(model)

    def get_used_withdrawn_patients(self, model: TextModel) -> bool:
        return bool(model.metrics.get("used_withdrawn_patients"))

    def get_sentence(self, model: TextModel) -> str:
        return sentence_of(model)

    @extend_schema_field(TextModelMetrics(allow_null=True))
    def get_metrics(self, model: TextModel) -> dict[str, Any] | None:
        return dict(TextModelMetrics(model.metrics).data) if "held_out" in model.metrics else None


class VerdictCounts(serializers.Serializer[Any]):
    n = serializers.IntegerField(help_text="Reports with a verdict on which readers agree.")
    patients = serializers.IntegerField()
    held_out = serializers.IntegerField(help_text="Of these, kept for judging.")
    blind = serializers.IntegerField(help_text="Of these, given without seeing a suggestion.")


class LabelerSerializer(serializers.Serializer[Any]):
    finding = FindingName()
    in_force = serializers.CharField(help_text="rules, text:linear or text:cnn")
    model = serializers.IntegerField(source="model.pk", allow_null=True, default=None, help_text="The model in force.")
    candidate = serializers.IntegerField(source="candidate.pk", allow_null=True, default=None)
    sentence = serializers.CharField()
    verdicts = VerdictCounts()


class TrainTextModels(serializers.Serializer[Any]):
    findings = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, default=list, max_length=500,
        help_text="Codes; none: every finding with enough verdicts.",
    )
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=list(KINDS)), required=False, default=lambda: list(KINDS), min_length=1
    )


class ModelNote(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=300, help_text="Why; it stays in the log.")


class LabelerScoresSerializer(serializers.Serializer[Any]):
    labeler = serializers.CharField(help_text="rules, text:<kind> or llm:<model>")
    scores = ScoresSerializer()
    rules = ScoresSerializer(allow_null=True, help_text="The rules on the same cases; null for the rules themselves.")


class FindingAccuracy(serializers.Serializer[Any]):
    finding = serializers.SerializerMethodField()
    labelers = serializers.SerializerMethodField()

    @extend_schema_field(FindingName)
    def get_finding(self, pair: tuple[Finding, Any]) -> Any:
        return FindingName(pair[0]).data

    @extend_schema_field(LabelerScoresSerializer(many=True))
    def get_labelers(self, pair: tuple[Finding, Any]) -> Any:
        return LabelerScoresSerializer(pair[1], many=True).data


class AccuracySerializer(serializers.Serializer[Any]):
    against = serializers.CharField(help_text="verdicts: on the text; readings: on the images")
    only = serializers.CharField()
    caveats = serializers.ListField(child=serializers.CharField())
    left_out = serializers.DictField(child=serializers.IntegerField(), help_text="Why → cases not counted.")
    simulated = serializers.IntegerField(help_text="Cases answered by simulated readers alone.")
    overall = LabelerScoresSerializer(many=True)
    findings = FindingAccuracy(many=True)


class LabelErrorSerializer(serializers.Serializer[Any]):
    """A case where labeler and reader differ. Spans are [start, end) of that report's text."""

    report = serializers.IntegerField(source="report_id")
    finding = FindingName()
    labeler = serializers.CharField()
    said = serializers.ChoiceField(choices=list(STATES))
    truth = serializers.ChoiceField(choices=list(STATES), help_text="What the reader says.")
    spans = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    reader_spans = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    is_blind = serializers.BooleanField()
