"""The job: what an uploaded file is, read into the recording that waits for it. Twice has the effect of once."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from annotation.gaze import GazeError, Samples, Word, parse_samples, parse_words
from annotation.models import GazeRecording, GazeSource, GazeState
from annotation.services.gaze import staging
from annotation.services.gaze.aligning import align_recording
from annotation.services.gaze.consent import require_consent
from annotation.services.gaze.receiving import ended
from annotation.services.gaze.recogniser import recognise
from annotation.services.gaze.shapes import (
    MOST,
    MOST_LINES,
    pack,
    pointer_of,
    refused,
    require_log,
    require_patient,
    require_pointer,
    unpack,
)
from core import audit
from core.errors import DomainError, Invalid
from imaging.models import Instance
from workers.engine import JobContext, PermanentFailure

SINCE_1970 = 1e11
"""Milliseconds above this count from 1970, below from the start of a recording."""
GONE = "The uploaded file is gone. Upload it again."


@dataclass(frozen=True)
class _Read:
    samples: Samples | None
    said: list[Word]
    begun: float | None
    instance: Instance | None


def read_upload(*, job: JobContext) -> dict[str, Any]:
    """Read what was uploaded, then align. Raises PermanentFailure without the reason: that is the reader's alone."""
    upload = UUID(job.payload["upload"])
    row = GazeRecording.objects.filter(pk=job.payload["recording"], upload=upload).first()
    if row is not None and row.state == GazeState.WAITING:
        try:
            read = _parsed(row, upload, job)
            job.check()
            _write(row, upload, read)
        except (OSError, DomainError) as error:
            _fail(row, upload, error.message if isinstance(error, DomainError) else GONE)
        except Exception as error:
            # Its text may quote the file, and so would the log; where it was raised does not.
            raise RuntimeError(f"{type(error).__name__} at {_place_of(error)}.") from None
    staging.remove(upload)
    row = GazeRecording.objects.filter(pk=job.payload["recording"], upload=upload).first()
    if row is not None and row.state == GazeState.FAILED:
        raise PermanentFailure("The file cannot be read. Its reader sees why under Looking and speaking.")
    if row is not None and row.lag_confidence is None:
        align_recording(recording=row)
    return {}


def _place_of(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def _fail(row: GazeRecording, upload: UUID, problem: str) -> None:
    ended(GazeRecording.objects.filter(pk=row.pk), upload, GazeState.FAILED, problem=problem[:300])


def _parsed(row: GazeRecording, upload: UUID, job: JobContext) -> _Read:
    """Raises Invalid with the line that is wrong, OSError when the files are gone."""
    words, audio = staging.path_of(upload, "words"), staging.path_of(upload, "audio")
    samples = _samples(staging.path_of(upload, "samples")) if row.source == GazeSource.EYE_TRACKER else None
    said = _words(words) if words.exists() else recognise(audio) if audio.exists() else []
    if samples is None and not said:
        # Gone, or without a word.
        raise Invalid("There is no word in it.", field="words") if words.parent.exists() else FileNotFoundError
    study = row.reading.item.study_id
    instance = Instance.objects.filter(pk=job.payload["instance"], series__study=study).first()
    return _Read(samples, said, job.payload["begun"], instance)


def _samples(path: Path) -> Samples:
    try:
        read = parse_samples(path.read_bytes())
    except GazeError as error:
        raise refused(error, "samples") from None
    if len(read) > MOST:
        raise Invalid(f"The file holds {len(read)} samples; a reading has at most {MOST}.", field="samples")
    return read


def _words(path: Path) -> list[Word]:
    try:
        return parse_words(path.read_bytes())
    except GazeError as error:
        raise refused(error, "words") from None


def _write(row: GazeRecording, upload: UUID, read: _Read) -> None:
    """Raises Invalid or Conflict where consent, the patient or the room's log has gone meanwhile."""
    with transaction.atomic():
        require_patient(row.reading)
        require_consent(user=row.reader, project=row.project)
        if not ended(GazeRecording.objects.filter(pk=row.pk), upload, GazeState.READY, problem=""):
            return
        row = GazeRecording.objects.select_for_update().get(pk=row.pk)
        if read.samples is not None:
            _fill(row, read.samples, read)
            audit.record(
                "gaze.imported", actor=row.reader, project=row.project, subject=f"study:{row.reading.item.study.uid}",
                recording=row.pk,
            )
        else:
            row.words = _joined(row, read)
        row.lag_ms, row.lag_confidence = None, None
        row.save()


def _fill(row: GazeRecording, samples: Samples, read: _Read) -> None:
    """On the screen, the room's own log says what was shown when, so times must be milliseconds since 1970. Without
    words of their own, those typed in the room count."""
    pointer = pointer_of(row.reading)
    first = float(samples.times[0])
    row.samples, row.sample_count = pack(samples), len(samples)
    if row.is_on_screen:
        log = require_log(pointer)
        row.views, row.clicks = log.views, log.clicks
    elif read.instance is not None:
        row.views = _one_view(samples, read.instance)
    typed = pointer.words if pointer is not None and not read.said else []
    row.words = typed or _moved(read.said, first, read.begun)


def _joined(row: GazeRecording, read: _Read) -> list[list[Any]]:
    """A transcript of what the pointer did; what was typed meanwhile stays."""
    pointed = unpack(require_pointer(row))
    first = float(pointed.times[0]) if pointed is not None else 0.0
    return sorted(row.words + _moved(read.said, first, read.begun), key=lambda one: float(one[1]))[:MOST_LINES]


def _moved(said: list[Word], first: float, begun: float | None) -> list[list[Any]]:
    """Words onto the samples' clock. One that counts from 0 began with the samples, unless `begun` says when."""
    if begun is None:
        begun = first if said and first > SINCE_1970 > said[0].start else 0.0
    return [[word.text, word.start + begun, word.end + begun] for word in said]


def _one_view(read: Samples, instance: Instance) -> list[dict[str, object]]:
    scale = 1000 / max(instance.rows, instance.columns)
    return [{
        "start": float(read.times[0]), "end": float(read.times[-1]) + 1, "instance_id": instance.pk, "frame": 0,
        "origin": [0.0, 0.0], "right": [scale, 0.0], "down": [0.0, scale],
    }]
