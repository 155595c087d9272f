"""Shapes of recordings of pointing, looking and speaking."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotation.models import GazeRecording
from annotation.services.gaze import lag_in_words


class ConsentSerializer(serializers.Serializer[Any]):
    is_on = serializers.BooleanField()
    given_at = serializers.DateTimeField(allow_null=True)
    recordings = serializers.IntegerField(help_text="How many of mine are kept.")
    has_recogniser = serializers.BooleanField(help_text="Whether speech can be read on this site's own machine.")


class ConsentChangeSerializer(serializers.Serializer[Any]):
    is_on = serializers.BooleanField()
    delete = serializers.BooleanField(default=False, help_text="When switched off: what was recorded goes too.")


class RecordingSerializer(serializers.ModelSerializer[GazeRecording]):
    words = serializers.SerializerMethodField()
    lag_in_words = serializers.SerializerMethodField()
    proposals = serializers.SerializerMethodField()

    class Meta:
        model = GazeRecording
        fields = [
            "id", "source", "state", "problem", "sample_count", "words", "lag_ms", "lag_confidence", "lag_in_words",
            "proposals", "consented_at", "created_at",
        ]
        read_only_fields = fields

    def get_words(self, row: GazeRecording) -> int:
        return len(row.words)

    def get_proposals(self, row: GazeRecording) -> int:
        return len(row.proposals)

    def get_lag_in_words(self, row: GazeRecording) -> str:
        return lag_in_words(row)


class GazeUploadSerializer(serializers.Serializer[Any]):
    """samples: CSV or JSON with ms, x, y, validity. words: JSON, CSV or WebVTT. audio: WAV to be recognised.

    Read in the background: the recording says `waiting`, then `ready`, or `failed` with the `problem`.
    """

    samples = serializers.FileField(required=False, allow_empty_file=True)
    words = serializers.FileField(required=False, allow_empty_file=True)
    audio = serializers.FileField(required=False, allow_empty_file=True)
    instance = serializers.IntegerField(required=False, help_text="x, y are pixels of this image; else of the screen.")
    begun = serializers.FloatField(required=False, help_text="Transcript's zero on the samples' clock, ms.")


class ShownLineSerializer(serializers.Serializer[Any]):
    """An image on the screen from start to end, ms since 1970; origin, right, down in screen pixels."""

    start = serializers.FloatField()
    end = serializers.FloatField()
    instance_id = serializers.IntegerField()
    frame = serializers.IntegerField(default=0)
    origin = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    right = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    down = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)


class PointerBatchSerializer(serializers.Serializer[Any]):
    """samples: [ms, x, y] in image pixels; clicks: [ms, x, y] on the screen; words: [text, start ms, end ms]."""

    views = ShownLineSerializer(many=True, required=False)
    samples = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()), required=False)
    clicks = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()), required=False)
    words = serializers.ListField(child=serializers.ListField(child=serializers.JSONField()), required=False)


class PointerKeptSerializer(serializers.Serializer[Any]):
    samples = serializers.IntegerField(help_text="Kept of this reading so far.")


class GazeProposalSerializer(serializers.Serializer[Any]):
    """A box in image pixels, x, y its left and top edges."""

    id = serializers.CharField()
    finding = serializers.CharField()
    instance_id = serializers.IntegerField()
    frame = serializers.IntegerField()
    x = serializers.FloatField()
    y = serializers.FloatField()
    w = serializers.FloatField()
    h = serializers.FloatField()
    score = serializers.FloatField(help_text="0 to 1: share of the looking near it, times confidence in the lag.")
    said = serializers.CharField()
    recorded_by = serializers.ChoiceField(choices=["pointer", "eye_tracker"])
    lag_ms = serializers.FloatField()


class GazeProposalsSerializer(serializers.Serializer[Any]):
    proposals = GazeProposalSerializer(many=True, allow_null=True)


class LookedAtSerializer(serializers.Serializer[Any]):
    """values: base64 of rows × columns bytes, 255 where most time was spent; x, y, w, h: what they cover, pixels."""

    instance_id = serializers.IntegerField()
    frame = serializers.IntegerField()
    rows = serializers.IntegerField()
    columns = serializers.IntegerField()
    x = serializers.FloatField()
    y = serializers.FloatField()
    w = serializers.FloatField()
    h = serializers.FloatField()
    values = serializers.CharField()
    fixations = serializers.IntegerField()
