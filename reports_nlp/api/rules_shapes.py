"""Shapes of rules versions and their preview."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from reports_nlp.api.shapes import STATES
from reports_nlp.models import RulesVersion
from reports_nlp.services.rules_versions import DEFAULT_POLICY, MOST_PHRASES

NAMES = serializers.ListField(child=serializers.CharField(max_length=80), max_length=50)


class RulesSerializer(serializers.Serializer[Any]):
    """How to read reports. What is left out is as shipped; findings that the map leaves out are matched by name."""

    policy = serializers.CharField(max_length=40, default=DEFAULT_POLICY)
    settings = serializers.DictField(required=False, help_text="What differs from the shipped policy.")
    phrases = serializers.ListField(
        child=serializers.DictField(), required=False, max_length=MOST_PHRASES,
        help_text="Entries as a rule pack writes them: finding, words, and what else they need.",
    )
    finding_map = serializers.DictField(
        child=NAMES, required=False, help_text="finding code -> names in the lexicon; []: not from reports."
    )


class NewRulesSerializer(RulesSerializer):
    base_number = serializers.IntegerField(min_value=0, help_text="The version that the change started from.")
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class RulesVersionSerializer(serializers.ModelSerializer[RulesVersion]):
    created_by = serializers.CharField(source="created_by.username", default="", read_only=True)

    class Meta:
        model = RulesVersion
        fields = [
            "number", "policy", "settings", "phrases", "finding_map", "definition", "created_by", "created_at", "note",
        ]
        read_only_fields = fields


class RulesInForceSerializer(RulesSerializer):
    """The newest version, completed: `number` 0 is as shipped."""

    number = serializers.IntegerField()
    generated = serializers.ListField(
        child=serializers.DictField(), help_text="Phrases made for findings that the lexicon does not know."
    )
    policies = serializers.ListField(child=serializers.CharField())
    lexicon = serializers.ListField(child=serializers.CharField(), help_text="Names that a finding may be mapped to.")
    versions = RulesVersionSerializer(many=True)


class ChangeCountSerializer(serializers.Serializer[Any]):
    finding = serializers.CharField()
    before = serializers.ChoiceField(STATES)
    after = serializers.ChoiceField(STATES)
    count = serializers.IntegerField()


class ChangeExampleSerializer(serializers.Serializer[Any]):
    report = serializers.IntegerField()
    finding = serializers.CharField()
    before = serializers.ChoiceField(STATES)
    after = serializers.ChoiceField(STATES)
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    sentence = serializers.CharField(allow_blank=True)


class RulesPreviewSerializer(serializers.Serializer[Any]):
    """Over the sample. `agree_*` count readers' verdicts on it that the rules meet."""

    reports = serializers.IntegerField()
    changed_reports = serializers.IntegerField()
    labels = serializers.IntegerField()
    changed_labels = serializers.IntegerField()
    changes = ChangeCountSerializer(many=True)
    examples = ChangeExampleSerializer(many=True)
    verdicts = serializers.IntegerField()
    agree_before = serializers.IntegerField()
    agree_after = serializers.IntegerField()
