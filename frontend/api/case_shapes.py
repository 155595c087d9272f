"""Shapes of a case: everything that the reading room shows for one reading, in one answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotation.api.reading_shapes import ProgressSerializer, ReadingSerializer
from annotation.models import Finding
from imaging.api.hanging_shapes import HangingPlanSerializer


class CaseStudySerializer(serializers.Serializer[Any]):
    uid = serializers.CharField()
    patient = serializers.CharField(help_text="Pseudonym.")
    age_years = serializers.IntegerField(allow_null=True)
    sex = serializers.CharField(allow_blank=True)
    date = serializers.DateField(allow_null=True, help_text="Shifted.")


class CaseInstanceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    sop_uid = serializers.CharField()
    rows = serializers.IntegerField()
    columns = serializers.IntegerField()
    frames = serializers.IntegerField()
    metadata = serializers.DictField(help_text="DICOM JSON of the header beyond what its series has in common.")


class CaseSeriesSerializer(serializers.Serializer[Any]):
    """Instances stand in reading order: by position where it is known, else by number."""

    id = serializers.IntegerField()
    uid = serializers.CharField()
    modality = serializers.CharField()
    number = serializers.IntegerField(allow_null=True)
    body_part = serializers.CharField(allow_blank=True)
    view_position = serializers.CharField(allow_blank=True)
    issues = serializers.ListField(child=serializers.CharField(), help_text="Gaps, duplicates, uneven spacing.")
    common = serializers.DictField(help_text="DICOM JSON that all its images share, without patient and pixels.")
    instances = CaseInstanceSerializer(many=True)


class CaseFindingSerializer(serializers.ModelSerializer[Finding]):
    grades = serializers.ListField(child=serializers.CharField(), read_only=True)
    synonyms = serializers.ListField(child=serializers.CharField(), read_only=True)
    has_example = serializers.SerializerMethodField(help_text="This reader may see findings/<id>/example/.")

    class Meta:
        model = Finding
        fields = [
            "id", "code", "name", "definition", "kind", "grades", "has_laterality", "wants_boxes", "parent", "shortcut",
            "synonyms", "scheme_code", "has_example",
        ]
        read_only_fields = fields

    def get_has_example(self, finding: Finding) -> bool:
        return finding.pk in self.context["examples"]


class SuggestedBoxSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    instance_id = serializers.IntegerField()
    frame = serializers.IntegerField()
    x = serializers.FloatField()
    y = serializers.FloatField()
    w = serializers.FloatField()
    h = serializers.FloatField()
    probability = serializers.FloatField()
    how = serializers.CharField()


class SuggestedMaskSerializer(serializers.Serializer[Any]):
    """Pixels as base64 of LEB128 run lengths, like a reader's mask."""

    id = serializers.CharField()
    instance_id = serializers.IntegerField()
    frame = serializers.IntegerField()
    rows = serializers.IntegerField()
    columns = serializers.IntegerField()
    rle = serializers.CharField()
    area = serializers.IntegerField(help_text="Pixels.")
    probability = serializers.FloatField(help_text="Mean over its pixels.")
    how = serializers.CharField()
    model = serializers.CharField()


class SuggestionSerializer(serializers.Serializer[Any]):
    """A model's word on one finding, as shown. It counts as nothing until the reader acts on it."""

    id = serializers.CharField()
    finding = serializers.CharField(help_text="Code.")
    probability = serializers.FloatField()
    calibrated = serializers.BooleanField()
    state = serializers.ChoiceField(["present", "absent"])
    model = serializers.CharField()
    threshold = serializers.FloatField()
    boxes = SuggestedBoxSerializer(many=True)
    masks = SuggestedMaskSerializer(many=True, required=False)
    grade = serializers.IntegerField(
        required=False, allow_null=True, help_text="Index into the finding's grades; of a model that knows grades."
    )
    levels = serializers.ListField(
        child=serializers.FloatField(), required=False, help_text="Probabilities of absent and of each grade."
    )
    has_map = serializers.BooleanField(
        default=False, help_text="readings/<id>/maps/<code>/<method>/ has where it looked."
    )


class CaseMentionSerializer(serializers.Serializer[Any]):
    """Words of the report that name a finding: [start, end) of its text."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    sentence_start = serializers.IntegerField()
    sentence_end = serializers.IntegerField()
    finding = serializers.CharField(help_text="Name in the lexicon.")
    codes = serializers.ListField(child=serializers.CharField(), help_text="Findings of the project that it is about.")
    polarity = serializers.ChoiceField(["present", "absent", "uncertain"])
    context = serializers.CharField(help_text="asserted, or why it does not count.")  # type: ignore[assignment]


class CaseLinkSerializer(serializers.Serializer[Any]):
    """Words of the report that speak of an image; null: the study holds no such image."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    instance_id = serializers.IntegerField(allow_null=True)
    frame = serializers.IntegerField()


class CaseReportMarksSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    mentions = CaseMentionSerializer(many=True)
    links = CaseLinkSerializer(many=True)


class CaseReportTextSerializer(serializers.Serializer[Any]):
    """Which version of which text `report` is: links that the reader makes name it."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    status = serializers.CharField()


class CaseOwnLinkSerializer(serializers.Serializer[Any]):
    """Words that this reader linked to a mark, in the text version of then; `now`: where they stand today."""

    report = serializers.IntegerField()
    version = serializers.IntegerField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    quote = serializers.CharField(trim_whitespace=False)
    now = serializers.ListField(
        child=serializers.IntegerField(), min_length=2, max_length=2, allow_null=True,
        help_text="[start, end) in text `newest`; null: the words stand in the earlier version alone.",
    )
    newest = serializers.IntegerField()


class CasePriorSerializer(serializers.Serializer[Any]):
    """An earlier study of the patient that may be opened beside the case."""

    uid = serializers.CharField()
    date = serializers.DateField(allow_null=True, help_text="Shifted, like the case's own.")
    days = serializers.IntegerField(help_text="Days before the case.")
    modalities = serializers.ListField(child=serializers.CharField())
    body_parts = serializers.ListField(child=serializers.CharField())


class CaseSerializer(serializers.Serializer[Any]):
    reading = ReadingSerializer()
    study = CaseStudySerializer()
    series = CaseSeriesSerializer(many=True)
    hanging = HangingPlanSerializer()
    priors = CasePriorSerializer(many=True, help_text="Newest first.")
    findings = CaseFindingSerializer(many=True)
    suggestions = SuggestionSerializer(many=True, allow_null=True, help_text="null while they must stay hidden.")
    report = serializers.CharField(allow_null=True, help_text="null while it must stay hidden, or when there is none.")
    report_text = CaseReportTextSerializer(allow_null=True)
    report_links = CaseOwnLinkSerializer(many=True)
    report_marks = CaseReportMarksSerializer(
        allow_null=True, help_text="What was read in the report; null while that must stay hidden.",
    )
    progress = ProgressSerializer()
