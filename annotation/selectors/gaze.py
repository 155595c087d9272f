"""Proposals from where a reader looked, as they were offered."""

from __future__ import annotations

from typing import Any

from annotation.models import GazeRecording, Reading


def shown_by_gaze(*, reading: Reading, suggestion: str) -> dict[str, Any] | None:
    """The proposal as it was offered to this reading's reader; null when it is gone."""
    _, _, rest = suggestion.partition("gaze:")
    pk = rest.partition(":")[0]
    row = GazeRecording.objects.filter(
        pk=int(pk) if pk.isdigit() and len(pk) < 18 else 0, reading=reading, reader=reading.reader_id
    ).first()
    return next((one for one in row.proposals if one["id"] == suggestion), None) if row else None
