"""What the room sends, bounded; and how samples are packed."""

from __future__ import annotations

import json
import zlib
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from annotation.gaze import Click, GazeError, Samples, Shown, Word
from annotation.gaze.fixations import GAP_MS, POINTER_GAP_MS
from annotation.gaze.samples import samples_of
from annotation.models import GazeRecording, GazeSource, Reading
from core.errors import Invalid
from imaging.models import Instance, Patient

MOST = 150_000
"""Samples of one recording: two hours of the pointer, 40 minutes at 60 Hz."""
MOST_BYTES = 12_000_000
MOST_LINES = 5000
Pair = tuple[FiniteFloat, FiniteFloat]
Moment = tuple[FiniteFloat, FiniteFloat, FiniteFloat]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ViewLine(_Line):
    """An image on the screen from start to end (ms since 1970): its first pixel, one pixel along row and column."""

    start: FiniteFloat
    end: FiniteFloat
    instance_id: int
    frame: int = Field(0, ge=0)
    origin: Pair
    right: Pair
    down: Pair


class Batch(_Line):
    """samples: ms, x, y in image pixels; clicks: ms, x, y on the screen; words: text, start, end in ms."""

    views: list[ViewLine] = Field(default_factory=list, max_length=200)
    samples: list[Moment] = Field(default_factory=list, max_length=1200)
    clicks: list[Moment] = Field(default_factory=list, max_length=200)
    words: list[tuple[Annotated[str, Field(max_length=100)], FiniteFloat, FiniteFloat]] = Field(
        default_factory=list, max_length=400
    )


def parse_batch(data: Any) -> Batch:
    """Raises Invalid with what is wrong first."""
    try:
        return Batch.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Invalid(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.", field="batch") from None


def pack(samples: Samples) -> bytes:
    rows = [
        [round(t, 1), None if not v else round(x, 2), None if not v else round(y, 2)]
        for t, x, y, v in zip(samples.times, samples.x, samples.y, samples.valid, strict=True)
    ]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 6)


def unpack(recording: GazeRecording) -> Samples | None:
    """None for a recording without a sample."""
    if not recording.sample_count:
        return None
    rows = json.loads(zlib.decompress(bytes(recording.samples)))
    return samples_of([(t, *((0.0, 0.0, False) if x is None or y is None else (x, y, True))) for t, x, y in rows])


def log_of(recording: GazeRecording) -> list[Shown]:
    """The views of the recording, on its instances that are still there; image pixels need no mapping."""
    known = Instance.objects.in_bulk([line["instance_id"] for line in recording.views])
    log: list[Shown] = []
    for line in recording.views:
        instance = known.get(line["instance_id"])
        if instance is None or (log and line["start"] < log[-1].end):
            continue
        log.append(_shown(line, instance, is_on_screen=recording.is_on_screen))
    return log


def _shown(line: dict[str, Any], instance: Instance, *, is_on_screen: bool) -> Shown:
    on_screen = Shown(
        line["start"], line["end"], (instance.pk, line["frame"]), instance.rows, instance.columns,
        tuple(line["origin"]), tuple(line["right"]), tuple(line["down"]),
    )
    if is_on_screen:
        return on_screen
    return Shown(
        line["start"], line["end"], on_screen.image, instance.rows, instance.columns, zoom=max(on_screen.scale, 1e-3)
    )


def words_of(recording: GazeRecording) -> list[Word]:
    return [Word(text, start, end) for text, start, end in recording.words]


def clicks_of(recording: GazeRecording) -> list[Click]:
    """Only a tracker's screen has an offset that clicks can tell; a pointer is where it is."""
    return [Click(*one) for one in recording.clicks] if recording.is_on_screen else []


def gap_of(recording: GazeRecording) -> float:
    return POINTER_GAP_MS if recording.source == GazeSource.POINTER else GAP_MS


def refused(error: GazeError, field: str) -> Invalid:
    return Invalid(str(error), field=field)


def pointer_of(reading: Reading) -> GazeRecording | None:
    return GazeRecording.objects.filter(
        reading=reading, reader=reading.reader_id, source=GazeSource.POINTER
    ).first()


def require_pointer(pointer: GazeRecording | None) -> GazeRecording:
    """Raises Invalid where the room recorded nothing that words could belong to."""
    if pointer is None or not pointer.sample_count:
        raise Invalid("Nothing was recorded in the room for this reading, so words have no place.", field="words")
    return pointer


def require_log(pointer: GazeRecording | None) -> GazeRecording:
    """Raises Invalid where the room has no log of what lay where on the screen."""
    if pointer is None or not pointer.views:
        raise Invalid(
            "The room has no log of what it showed in this reading, so screen pixels cannot be placed. Record in the "
            "room while you read, or give the image that the file's pixels belong to.", field="pixels",
        )
    return pointer


def require_patient(reading: Reading) -> None:
    """A withdrawal that is under way waits for this, or this sees that it has happened."""
    patient = Patient.objects.select_for_update(no_key=True).get(pk=reading.item.study.patient_id)
    if patient.withdrawn_at is not None:
        raise Invalid("The patient has been withdrawn; nothing is recorded on these images.")
