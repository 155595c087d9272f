"""Shapes of findings as the API sends and takes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotation.models import Finding, FindingKind, FindingRevision, Invariance
from imaging.models import Instance

KEEPS = "What altered training images must keep, lest the answer become untrue."


class FindingSerializer(serializers.ModelSerializer[Finding]):
    """One entry of the project's label schema."""

    grades = serializers.ListField(child=serializers.CharField())
    traits = serializers.ListField(child=serializers.CharField())
    synonyms = serializers.ListField(child=serializers.CharField())
    invariances = serializers.ListField(child=serializers.CharField(), help_text=KEEPS)
    example = serializers.SerializerMethodField(
        help_text="Id of an instance; null, too, while its study is to be read unaided by the person who asks."
    )

    class Meta:
        model = Finding
        fields = [
            "id", "code", "name", "definition", "scheme", "scheme_code", "kind", "grades", "has_laterality",
            "wants_boxes", "parent", "shortcut", "synonyms", "invariances", "traits", "example", "position", "state",
            "merged_into", "definition_hash",
        ]
        read_only_fields = fields

    def get_example(self, finding: Finding) -> int | None:
        shown: dict[int, Instance] = self.context["examples"]
        return shown[finding.pk].pk if finding.pk in shown else None


class FindingFieldsSerializer(serializers.Serializer[Any]):
    """What may be changed; the service checks how it fits together. `note` says why, for the history."""

    name = serializers.CharField(max_length=80)
    definition = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    scheme = serializers.CharField(max_length=20, required=False, allow_blank=True, help_text="RadLex or SNOMED CT")
    scheme_code = serializers.CharField(max_length=40, required=False, allow_blank=True)
    grades = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=20, help_text="Lowest first."
    )
    has_laterality = serializers.BooleanField(required=False)
    wants_boxes = serializers.BooleanField(required=False)
    parent = serializers.IntegerField(  # type: ignore[assignment]  # a finding's parent, not the field's
        required=False, allow_null=True, help_text="Id of a finding of this project."
    )
    shortcut = serializers.CharField(max_length=1, required=False, allow_blank=True)
    synonyms = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=40)
    invariances = serializers.ListField(
        child=serializers.ChoiceField(choices=Invariance.choices), required=False, max_length=5, help_text=KEEPS
    )
    traits = serializers.ListField(child=serializers.CharField(max_length=120), required=False, max_length=40)
    example = serializers.IntegerField(required=False, allow_null=True, help_text="Id of an instance.")
    position = serializers.IntegerField(min_value=0, max_value=32000, required=False)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)


class NewFindingSerializer(FindingFieldsSerializer):
    code = serializers.SlugField(max_length=60, required=False, allow_blank=True, help_text="Empty: from the name.")
    kind = serializers.ChoiceField(choices=FindingKind.choices, default=FindingKind.BINARY)


class NoteSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class MergeSerializer(NoteSerializer):
    into = serializers.IntegerField(help_text="Id of the finding that this one becomes part of.")


class PreviewSerializer(serializers.Serializer[Any]):
    """What a change would touch."""

    observations = serializers.IntegerField()
    studies = serializers.IntegerField()
    readers = serializers.IntegerField()
    both = serializers.IntegerField(help_text="Merge: studies on which one source answers both findings.")
    disagreeing = serializers.IntegerField(help_text="Merge: studies on which those two answers differ.")
    sentence = serializers.CharField()


class FindingRevisionSerializer(serializers.ModelSerializer[FindingRevision]):
    by = serializers.CharField(source="by.username", default="", read_only=True)

    class Meta:
        model = FindingRevision
        fields = ["at", "by", "act", "before", "after", "note"]
        read_only_fields = fields
