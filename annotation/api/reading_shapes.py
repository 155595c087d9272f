"""Shapes of readings as the API sends and takes them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.models import Reading
from annotation.services.content import Content
from annotation.services.readings import may_see_report, may_see_suggestions


@extend_schema_field(Content)  # type: ignore[arg-type]  # drf-spectacular's pydantic extension takes it
class ContentField(serializers.JSONField):
    """What a reader says about a case; the service checks it."""

    def to_internal_value(self, data: Any) -> Any:
        """As parsed: writing it out once more, to see whether it is JSON, is most of the cost of a save."""
        return data


class ReadingSerializer(serializers.ModelSerializer[Reading]):
    """A reading without anything that must stay hidden: suggestions never, the reason only once it may be seen."""

    project = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    worklist = serializers.IntegerField(source="item.worklist.as_known.pk", read_only=True)
    worklist_name = serializers.CharField(source="item.worklist.as_known.name", read_only=True)
    study_uid = serializers.CharField(source="item.study.uid", read_only=True)
    reader = serializers.CharField(source="reader.username", read_only=True)
    is_simulated = serializers.BooleanField(source="reader.is_simulated", read_only=True)
    draft = ContentField(read_only=True)
    active_seconds = serializers.SerializerMethodField(help_text="Of one's own reading; null of somebody else's.")
    is_locked = serializers.SerializerMethodField()
    may_see_suggestions = serializers.SerializerMethodField()
    may_see_report = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField(help_text="Why this case is here; null while it must stay hidden.")

    class Meta:
        model = Reading
        fields = [
            "id", "project", "worklist", "worklist_name", "study_uid", "reader", "is_simulated", "state", "mode",
            "draft", "draft_version", "version", "active_seconds", "is_locked", "may_see_suggestions",
            "may_see_report", "reason", "skip_reason", "created_at", "saved_at", "submitted_at",
        ]
        read_only_fields = fields

    def get_active_seconds(self, reading: Reading) -> float | None:
        """Timings are their reader's. A reading is shown to its reader unless `viewer` says to whom."""
        viewer = self.context.get("viewer")
        return reading.active_seconds if viewer is None or viewer.pk == reading.reader_id else None

    def get_is_locked(self, reading: Reading) -> bool:
        return reading.unaided is not None

    def get_may_see_suggestions(self, reading: Reading) -> bool:
        return may_see_suggestions(reading)

    def get_may_see_report(self, reading: Reading) -> bool:
        return may_see_report(reading)

    def get_reason(self, reading: Reading) -> str | None:
        return reading.reason if may_see_suggestions(reading) else None


class SaveSerializer(serializers.Serializer[Any]):
    """What a tab sends: the version it started from, and all that it holds now."""

    base_version = serializers.IntegerField(min_value=0)
    content = ContentField()
    active_seconds = serializers.FloatField(min_value=0, default=0.0, help_text="Since the last save.")


class SavedSerializer(serializers.Serializer[Any]):
    draft_version = serializers.IntegerField()


class SubmitSerializer(SaveSerializer):
    second_look = serializers.ChoiceField(
        ["", "ask", "seen"], default="", help_text=(
            "ask: tell me first where this contradicts a sure model, and submit nothing then. seen: I was told. "
            "Empty: submit it as it is."
        ),
    )


class ContradictionSerializer(serializers.Serializer[Any]):
    """A finding that the reader says is absent and the model is sure of."""

    finding_id = serializers.IntegerField()
    finding = serializers.CharField(help_text="Code.")
    said = serializers.CharField()
    probability = serializers.FloatField(help_text="Calibrated, 0.95 to 1.")
    model = serializers.CharField()
    suggestion = serializers.CharField(help_text="Id of the suggestion as shown.")


class SubmittedSerializer(serializers.Serializer[Any]):
    """`second_look` with entries: nothing was submitted, `version` is null, the draft stands at `draft_version`."""

    version = serializers.IntegerField(allow_null=True)
    submitted_at = serializers.DateTimeField(allow_null=True)
    draft_version = serializers.IntegerField()
    second_look = ContradictionSerializer(many=True)


class SkipSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class StaleSerializer(serializers.Serializer[Any]):
    """409: somebody saved in between. Both versions, so that the reader can choose."""

    code = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    yours = ContentField()
    theirs = ContentField()
    version = serializers.IntegerField(help_text="The draft version to build on.")
    state = serializers.CharField()


class ProgressSerializer(serializers.Serializer[Any]):
    """How far a worklist is, in cases."""

    total = serializers.IntegerField()
    done = serializers.IntegerField()
    mine = serializers.IntegerField(help_text="Submitted by the person who asks.")
