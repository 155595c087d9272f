"""Shapes of reports, evidence and verdicts as the API sends and takes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

STATES = ["present", "absent", "equivocal", "not_mentioned"]


class SpanSerializer(serializers.Serializer[Any]):
    """Characters of the text: [start, end)."""

    start = serializers.IntegerField(min_value=0)
    end = serializers.IntegerField(min_value=0)


class ReportRowSerializer(serializers.Serializer[Any]):
    """A line of the list. Codes are those of the project's findings."""

    id = serializers.IntegerField(source="report.pk")
    study_uid = serializers.CharField(source="report.study.uid", allow_null=True, default=None)
    patient = serializers.CharField(
        source="report.study.patient.pseudonym", allow_null=True, default=None, help_text="Pseudonym."
    )
    version = serializers.IntegerField(source="report.version")
    status = serializers.CharField(source="report.status")
    language = serializers.CharField(source="report.language")
    date = serializers.DateField(source="report.date", allow_null=True, help_text="Shifted.")
    created_at = serializers.DateTimeField(source="report.created_at")
    is_extracted = serializers.BooleanField()
    present = serializers.ListField(child=serializers.CharField())
    equivocal = serializers.ListField(child=serializers.CharField())
    absent = serializers.ListField(child=serializers.CharField())
    verdicts = serializers.IntegerField()
    flags = serializers.ListField(child=serializers.CharField(), help_text="new-text, label-changed, not-extracted")


class SectionSerializer(SpanSerializer):
    kind = serializers.CharField()


class CueSerializer(SpanSerializer):
    """A phrase that decided."""

    role = serializers.CharField()
    rule = serializers.CharField()


class MeasurementSerializer(SpanSerializer):
    millimetres = serializers.ListField(child=serializers.FloatField())


class MentionSerializer(SpanSerializer):
    id = serializers.IntegerField()
    finding = serializers.CharField(help_text="Name in the lexicon.")
    subfinding = serializers.CharField(allow_blank=True, help_text="Narrower name, e.g. Nodule.")
    sentence_start = serializers.IntegerField()
    sentence_end = serializers.IntegerField()
    section = serializers.CharField()
    polarity = serializers.CharField(help_text="present, absent, uncertain")
    context = serializers.CharField(  # type: ignore[assignment]  # the mention's, not the field's
        help_text="asserted, hypothetical, historical, recommended, family"
    )
    rule = serializers.CharField(allow_blank=True)
    cues = CueSerializer(many=True)
    laterality = serializers.CharField(allow_blank=True)
    anatomy = serializers.ListField(child=serializers.CharField())
    severity = serializers.CharField(allow_blank=True)
    temporal = serializers.CharField(allow_blank=True)
    measurements = MeasurementSerializer(many=True)


class ReportLabelSerializer(serializers.Serializer[Any]):
    finding = serializers.CharField(help_text="Name in the lexicon.")
    value = serializers.IntegerField(help_text="1 present, 0 absent, -1 uncertain.")
    reason = serializers.CharField(allow_blank=True)
    mentions = serializers.ListField(child=serializers.IntegerField())
    cues = CueSerializer(many=True, help_text="Statements of normality that decided where no mention did.")


class ReportLinkSerializer(SpanSerializer):
    id = serializers.IntegerField()
    series_number = serializers.IntegerField(allow_null=True)
    image_number = serializers.IntegerField(allow_null=True)
    instance_id = serializers.IntegerField(allow_null=True, help_text="null: no such image (yet).")
    frame = serializers.IntegerField()
    sop_uid = serializers.CharField(allow_null=True)
    series_uid = serializers.CharField(allow_null=True)
    finding = serializers.CharField(allow_blank=True)
    millimetres = serializers.ListField(child=serializers.FloatField())


class TextEvidenceSerializer(serializers.Serializer[Any]):
    """A report's text and what was found in it; positions are characters."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    is_latest = serializers.BooleanField()
    status = serializers.CharField()
    language = serializers.CharField()
    date = serializers.DateField(allow_null=True)
    text = serializers.CharField()
    digest = serializers.CharField(help_text="sha256 of the text.")
    definition = serializers.CharField(allow_null=True, help_text="sha256 of rules + policy; null: not extracted yet.")
    rules = serializers.IntegerField(help_text="Number of the rules in force; 0 as shipped.")
    policy = serializers.CharField()
    sections = SectionSerializer(many=True)
    headings = serializers.ListField(child=serializers.CharField())
    mentions = MentionSerializer(many=True)
    labels = ReportLabelSerializer(many=True)
    links = ReportLinkSerializer(many=True)


class ReportVerdictSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    reader = serializers.CharField()
    is_simulated = serializers.BooleanField()
    is_mine = serializers.BooleanField()
    act = serializers.ChoiceField(["accepted", "corrected"])
    state = serializers.ChoiceField(STATES)
    spans = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    note = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    report = serializers.IntegerField()
    version = serializers.IntegerField(help_text="Of the text that was judged.")
    shown = serializers.JSONField(help_text="The label as it was when it was judged.")
    flags = serializers.ListField(child=serializers.CharField())


class VoiceSerializer(serializers.Serializer[Any]):
    source = serializers.CharField()  # type: ignore[assignment]  # the voice's, not the field's
    state = serializers.CharField()
    probability = serializers.FloatField(allow_null=True)
    spans = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class FindingEvidenceSerializer(serializers.Serializer[Any]):
    """What the report says of a finding of the project, and who has judged that."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    names = serializers.ListField(child=serializers.CharField(), help_text="In the lexicon.")
    value = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(STATES)
    reason = serializers.CharField(allow_blank=True)
    mentions = serializers.ListField(child=serializers.IntegerField())
    cues = CueSerializer(many=True, help_text="Statements of normality that decided where no mention did.")
    verdicts = ReportVerdictSerializer(many=True)
    voices = VoiceSerializer(many=True)
    published = serializers.CharField(allow_null=True, help_text="State in the ledger that came from reports.")


class TextVersionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    version = serializers.IntegerField()
    status = serializers.CharField()
    created_at = serializers.DateTimeField()


class ReportEvidenceSerializer(TextEvidenceSerializer):
    study_uid = serializers.CharField(allow_null=True)
    patient = serializers.CharField(allow_null=True)
    findings = FindingEvidenceSerializer(many=True)
    versions = TextVersionSerializer(many=True)


class NewVerdictSerializer(serializers.Serializer[Any]):
    """One act on one finding: accept what is shown, or correct it. `definition` and `digest` say what was shown."""

    finding = serializers.IntegerField()
    act = serializers.ChoiceField(["accept", "correct"])
    state = serializers.ChoiceField(STATES, required=False, help_text="What the report really says, to correct.")
    spans = serializers.ListField(child=SpanSerializer(), required=False, max_length=50)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    definition = serializers.CharField(max_length=64)
    digest = serializers.CharField(max_length=64)
    verdict = serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text="Id of one's own verdict that the page showed."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["act"] == "correct" and "state" not in data:
            raise serializers.ValidationError({"state": "Say what the report really says."})
        return data


class FindingCoverageSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    names = serializers.ListField(child=serializers.CharField())
    present = serializers.IntegerField()
    absent = serializers.IntegerField()
    equivocal = serializers.IntegerField()


class CoverageSerializer(serializers.Serializer[Any]):
    """How far the reports are, in newest versions."""

    reports = serializers.IntegerField()
    matched = serializers.IntegerField()
    extracted = serializers.IntegerField()
    judged = serializers.IntegerField()
    verdicts = serializers.IntegerField()
    flagged = serializers.IntegerField()
    withheld = serializers.IntegerField(help_text="Wait until your own unaided answer is in.")
    published_studies = serializers.IntegerField()
    published_lines = serializers.IntegerField()
    rules = serializers.IntegerField()
    policy = serializers.CharField()
    job = serializers.CharField(allow_null=True, help_text="Extraction that is under way.")
    findings = FindingCoverageSerializer(many=True)
