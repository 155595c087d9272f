"""Shapes of imports as the API sends and takes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from imaging.models import ImportBatch, ImportVerdict


class ImportOptionsSerializer(serializers.Serializer[Any]):
    """What the files are, and what to do with them."""

    source = serializers.CharField(  # type: ignore[assignment]  # whose labels; not the field's own source
        required=False, allow_blank=True, max_length=140, default="",
        help_text="Whose labels they are: reader:NAME, report:LABELER, record:NAME, model:NAME; unknown if empty.",
    )
    map = serializers.DictField(
        child=serializers.CharField(max_length=200), required=False, default=dict,
        help_text="Finding → column of labels.csv; without it every column but file, patient_id and fold is a finding.",
    )
    create_findings = serializers.BooleanField(default=True, help_text="Columns that are no finding yet become one.")
    worklist = serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text="Put the new studies on this worklist."
    )
    site = serializers.CharField(
        required=False, allow_blank=True, max_length=32, default="",
        help_text="Where the images were taken, in a word of your own; by default a pseudonym of what headers say.",
    )


class ImportSerializer(serializers.ModelSerializer[ImportBatch]):
    """One import, for the person who uploads. `counts` are files per verdict, and what the labels gave."""

    project = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    options = ImportOptionsSerializer(read_only=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    job = serializers.UUIDField(source="job_id", read_only=True, allow_null=True)
    files = serializers.SerializerMethodField(help_text="Files that wait to be imported.")

    class Meta:
        model = ImportBatch
        fields = ["id", "project", "created_at", "state", "options", "counts", "job", "files"]
        read_only_fields = fields

    def get_files(self, batch: ImportBatch) -> int:
        files: int = self.context["files"](batch)
        return files


class UploadSerializer(serializers.Serializer[Any]):
    """Several files at once, with their relative paths in the same order (repeated, or one JSON list)."""

    files = serializers.ListField(child=serializers.FileField(allow_empty_file=True))
    names = serializers.ListField(child=serializers.CharField(), required=False)


class ReceivedSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    reason = serializers.CharField(help_text="Why it was not taken; empty when it was.")


class UploadedSerializer(serializers.Serializer[Any]):
    received = ReceivedSerializer(many=True)
    files = serializers.IntegerField(help_text="Files that wait now.")
    bytes = serializers.IntegerField()


class VerdictSerializer(serializers.ModelSerializer[ImportVerdict]):
    """What became of one file. For the uploader alone: names can tell who the patient is."""

    study_uid = serializers.CharField(source="instance.series.study.uid", default=None, read_only=True)

    class Meta:
        model = ImportVerdict
        fields = ["name", "verdict", "reason", "study_uid"]
        read_only_fields = fields
