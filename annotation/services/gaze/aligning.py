"""Keyword while looking here: proposals for the reader alone, which count as nothing until the reader accepts one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from annotation.gaze import Part, Proposal, align, distinct, looked_at, spot
from annotation.gaze.lag import SURE
from annotation.models import Finding, GazeRecording, Reading
from annotation.services.gaze.shapes import clicks_of, gap_of, log_of, unpack, words_of
from annotation.services.readings import may_see_suggestions
from core.models import Project, User

STRETCH = timedelta(hours=4)
MOST_BESIDE = 12
"""Other recordings of the same stretch of reading from which the lag is estimated too: one case rarely names enough."""


def lexicon_of(project: Project) -> dict[str, list[str]]:
    """By code, the name and synonyms of the findings in force."""
    findings = Finding.objects.active().filter(project=project)
    return {finding.code: [finding.name, *finding.synonyms] for finding in findings}


def align_recording(*, recording: GazeRecording) -> list[dict[str, Any]]:
    """Estimate the lag and propose; kept on the recording. None where the lag is not sure enough."""
    samples, words = unpack(recording), words_of(recording)
    log = log_of(recording)
    if samples is None or not words or not log:
        return _keep(recording, 0.0, 0.0, [])
    lexicon = lexicon_of(recording.project)
    found = align(
        samples, log, words, lexicon, clicks=clicks_of(recording), gap_ms=gap_of(recording),
        beside=[part for other in _beside(recording) if (part := _part(other, lexicon)) is not None],
    )
    proposals = [
        _proposal(f"gaze:{recording.pk}:{n}", one, recording, found.lag.ms)
        for n, one in enumerate(distinct(found.proposals))
    ]
    return _keep(recording, found.lag.ms, found.lag.confidence, proposals if found.lag.is_sure else [])


def _proposal(name: str, one: Proposal, recording: GazeRecording, lag: float) -> dict[str, Any]:
    return {
        "id": name, "finding": one.finding, "instance_id": one.image[0], "frame": one.image[1],
        "x": one.x, "y": one.y, "w": one.w, "h": one.h, "score": round(one.score, 3), "said": one.said,
        "recorded_by": recording.source, "lag_ms": round(lag),
    }


def _keep(
    recording: GazeRecording, lag: float, confidence: float, proposals: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    recording.lag_ms, recording.lag_confidence, recording.proposals = lag, confidence, proposals
    # Not save(): it may have been deleted meanwhile.
    GazeRecording.objects.filter(pk=recording.pk).update(lag_ms=lag, lag_confidence=confidence, proposals=proposals)
    return proposals


def _beside(recording: GazeRecording) -> list[GazeRecording]:
    """The same reader's, of the same source and stretch of reading: they share the clocks."""
    near = (recording.created_at - STRETCH, recording.created_at + STRETCH)
    others = GazeRecording.objects.visible_to(recording.reader).filter(
        project=recording.project, source=recording.source, created_at__range=near
    )
    return list(others.exclude(pk=recording.pk).exclude(words=[]).order_by("-pk")[:MOST_BESIDE])


def _part(other: GazeRecording, lexicon: dict[str, list[str]]) -> Part | None:
    samples, log = unpack(other), log_of(other)
    if samples is None or not log:
        return None
    _, looked = looked_at(samples, log, clicks=clicks_of(other), gap_ms=gap_of(other))
    return looked, spot(words_of(other), lexicon)


def proposals_for(*, reading: Reading, reader: User) -> list[dict[str, Any]] | None:
    """Of all recordings of the reading, once its mode allows suggestions or it was handed in; null before."""
    if not (may_see_suggestions(reading) or reading.version > 0):
        return None
    rows = GazeRecording.objects.visible_to(reader).filter(reading=reading, sample_count__gt=0)
    return [
        one for row in rows
        for one in (row.proposals if row.lag_confidence is not None else align_recording(recording=row))
    ]


def lag_in_words(recording: GazeRecording) -> str:
    """Why there are proposals, or none."""
    if not recording.sample_count:
        return ""
    if not recording.words:
        return "No words belong to it: nothing can be proposed."
    if recording.lag_confidence is None:
        return "Not aligned yet."
    if recording.lag_confidence < SURE:
        return "Too few findings were named to tell the time between looking and speaking: nothing is proposed."
    return f"Words come {recording.lag_ms / 1000:.1f} s after looking." if recording.lag_ms is not None else ""
