"""Shapes of report imports as the API sends and takes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from reports_nlp.models import CodedRecord, IntakeVerdict, Report, ReportIntake
from reports_nlp.services.intake_options import NAMES
from reports_nlp.sources import SOURCES


class IntakeOptionsSerializer(serializers.Serializer[Any]):
    """How to read the files; what is left out is found out."""

    format = serializers.ChoiceField(choices=["", *SOURCES], required=False, allow_blank=True, default="")
    map = serializers.DictField(
        child=serializers.CharField(max_length=200), required=False, default=dict,
        help_text="What we need → column of the table: text, findings, impression, accession, study_uid, patient_id…",
    )
    language = serializers.CharField(required=False, allow_blank=True, max_length=8, default="",
                                     help_text="Of reports that do not say it; found out per report if empty.")
    encoding = serializers.CharField(required=False, allow_blank=True, max_length=40, default="")
    sender = serializers.CharField(
        required=False, allow_blank=True, max_length=80, default="",
        help_text="Keeps two senders apart that number their reports alike.",
    )
    name_is = serializers.ChoiceField(
        choices=["", *NAMES], required=False, allow_blank=True, default="",
        help_text="What the name of a plain-text file is.",
    )


class IntakeUploadSerializer(serializers.Serializer[Any]):
    """Files with their relative paths in the same order, and the options beside them; `map` as one JSON object."""

    files = serializers.ListField(child=serializers.FileField(allow_empty_file=True))
    names = serializers.ListField(child=serializers.CharField(), required=False)
    format = serializers.ChoiceField(choices=["", *SOURCES], required=False, allow_blank=True)
    map = serializers.CharField(required=False, allow_blank=True, help_text='{"text": "Befund"}')
    language = serializers.CharField(required=False, allow_blank=True)
    encoding = serializers.CharField(required=False, allow_blank=True)
    sender = serializers.CharField(required=False, allow_blank=True)
    name_is = serializers.ChoiceField(choices=["", *NAMES], required=False, allow_blank=True)


class ReportIntakeSerializer(serializers.ModelSerializer[ReportIntake]):
    """One import of reports, for the person who uploads. `counts` are records per verdict, and how many wait."""

    project = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    options = IntakeOptionsSerializer(read_only=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    job = serializers.UUIDField(source="job_id", read_only=True, allow_null=True)
    columns = serializers.SerializerMethodField(help_text="Columns of a table that could not be used as it was.")

    class Meta:
        model = ReportIntake
        fields = ["id", "project", "created_at", "state", "options", "counts", "message", "columns", "job"]
        read_only_fields = fields

    def get_columns(self, intake: ReportIntake) -> list[str]:
        return [str(column) for column in intake.options.get("columns", [])]


class NotTakenSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    reason = serializers.CharField()


class IntakeStartedSerializer(serializers.Serializer[Any]):
    """The import, and the files that were not taken into it."""

    intake = ReportIntakeSerializer()
    not_taken = NotTakenSerializer(many=True)


class IntakeVerdictSerializer(serializers.ModelSerializer[IntakeVerdict]):
    """What became of one record. For the uploader alone: names can tell who the patient is."""

    report = serializers.IntegerField(source="report_id", read_only=True, allow_null=True)
    study_uid = serializers.CharField(source="report.study.uid", default=None, read_only=True)

    class Meta:
        model = IntakeVerdict
        fields = ["name", "place", "verdict", "reason", "report", "study_uid"]
        read_only_fields = fields


class WaitingReportSerializer(serializers.ModelSerializer[Report]):
    """A report whose study is not here, or not clear."""

    reason = serializers.SerializerMethodField(help_text="Why no study was found.")
    opening = serializers.SerializerMethodField(help_text="How its de-identified text begins.")
    candidates = serializers.SerializerMethodField(help_text="UIDs of the patient's studies here.")

    class Meta:
        model = Report
        fields = ["id", "version", "status", "language", "date", "created_at", "reason", "opening", "candidates"]
        read_only_fields = fields

    def get_reason(self, report: Report) -> str:
        return str(self.context["reasons"].get(report.pk, ""))

    def get_opening(self, report: Report) -> str:
        return report.text[:200]

    def get_candidates(self, report: Report) -> list[str]:
        return list(self.context["candidates"].get(report.pseudonym, []))


class WaitingRecordSerializer(serializers.ModelSerializer[CodedRecord]):
    """A coded diagnosis whose study is not here, or not clear."""

    class Meta:
        model = CodedRecord
        fields = ["id", "system", "code", "state", "created_at"]
        read_only_fields = fields


class MatchSerializer(serializers.Serializer[Any]):
    study = serializers.CharField(max_length=64, help_text="UID of the study that the report is about.")


class UnmatchedSerializer(serializers.Serializer[Any]):
    """A match by hand that was taken back."""

    study_uid = serializers.CharField(source="study.uid", help_text="The study that it was said to be about.")
    versions = serializers.IntegerField(help_text="Versions of the report that wait again.")
    lines = serializers.IntegerField(help_text="Lines of the ledger that were withdrawn or corrected.")


class MatchedSerializer(serializers.ModelSerializer[Report]):
    study_uid = serializers.CharField(source="study.uid", read_only=True)

    class Meta:
        model = Report
        fields = ["id", "version", "study_uid"]
        read_only_fields = fields
