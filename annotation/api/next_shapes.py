"""Shapes of handing out: what the room is given to read now, and what comes after."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rest_framework import serializers

from annotation.api.reading_shapes import ProgressSerializer
from annotation.services.next_case import HandedOut


class AheadSerializer(serializers.Serializer[Any]):
    """A case reserved for later and opened already: fetching it ahead is its opening."""

    reading = serializers.IntegerField()
    study_uid = serializers.CharField()
    draft_version = serializers.IntegerField(help_text="Another one than in the case that was fetched: fetch it again.")


class NextRequestSerializer(serializers.Serializer[Any]):
    ahead = serializers.IntegerField(
        min_value=0, max_value=5, default=0, allow_null=True,
        help_text="Cases to reserve for prefetching; null: as many as the worklist says.",
    )


class NextSerializer(serializers.Serializer[Any]):
    """The case to read now (null: nothing is left for this reader), and those reserved after it."""

    reading = serializers.IntegerField(allow_null=True)
    draft_version = serializers.IntegerField()
    ahead = AheadSerializer(many=True)
    progress = ProgressSerializer()

    @classmethod
    def of(cls, handed: HandedOut) -> dict[str, Any]:
        current = handed.current
        return {
            "reading": current.reading if current else None, "draft_version": current.draft_version if current else 0,
            "ahead": [asdict(one) for one in handed.ahead], "progress": handed.progress,
        }
