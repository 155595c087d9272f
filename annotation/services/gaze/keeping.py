"""Recordings come in, from the room in batches and from an eye tracker as a file; and go when their reader says so."""

from __future__ import annotations

import numpy as np
from django.db import transaction

from annotation.gaze import GazeError, Samples, Word, parse_samples, parse_words
from annotation.models import GazeRecording, GazeSource, Reading
from annotation.services.gaze.consent import require_consent
from annotation.services.gaze.shapes import MOST, MOST_BYTES, MOST_LINES, Batch, pack, refused, unpack
from core import audit
from core.errors import Invalid
from core.models import User
from imaging.models import Instance, Patient

SINCE_1970 = 1e11
"""Milliseconds above this count from 1970, below from the start of a recording."""


def add_pointer(*, reading: Reading, reader: User, batch: Batch) -> GazeRecording:
    """Add to the reading's pointer recording. What was sent before, is of other images, or is too much, is left out."""
    given = require_consent(user=reader, project=reading.project)
    with transaction.atomic():
        _require_patient(reading)
        GazeRecording.objects.get_or_create(
            reading=reading, source=GazeSource.POINTER,
            defaults={"project": reading.project, "reader": reader, "samples": b"", "consented_at": given.given_at},
        )
        row = GazeRecording.objects.select_for_update().get(reading=reading, source=GazeSource.POINTER)
        _add(row, batch, reading)
        row.lag_ms, row.lag_confidence = None, None
        row.save()
    return row


def _add(row: GazeRecording, batch: Batch, reading: Reading) -> None:
    before = unpack(row)
    last = float(before.times[-1]) if before is not None else -np.inf
    new = sorted(one for one in batch.samples if one[0] > last)[: MOST - row.sample_count]
    if new:
        table = np.array(new, dtype=np.float64)
        made = Samples(table[:, 0], table[:, 1], table[:, 2], np.ones(len(table), dtype=bool))
        row.samples = pack(made if before is None else _joined(before, made))
        row.sample_count += len(new)
    here = set(Instance.objects.filter(series__study=reading.item.study_id).values_list("pk", flat=True))
    since = row.views[-1]["end"] if row.views else -np.inf
    lines = [line.model_dump(mode="json") for line in batch.views if line.instance_id in here and line.start >= since]
    row.views = (row.views + sorted(lines, key=lambda line: line["start"]))[:MOST_LINES]
    row.clicks = (row.clicks + [list(one) for one in batch.clicks])[:MOST_LINES]
    row.words = sorted(row.words + [list(one) for one in batch.words], key=lambda one: one[1])[:MOST_LINES]


def _joined(a: Samples, b: Samples) -> Samples:
    times, x, y = (np.concatenate(pair) for pair in ((a.times, b.times), (a.x, b.x), (a.y, b.y)))
    return Samples(times, x, y, np.concatenate((a.valid, b.valid)))


def import_tracker(
    *, reading: Reading, reader: User, samples: bytes, said: list[Word], begun: float | None = None,
    instance: Instance | None = None,
) -> GazeRecording:
    """An eye tracker's file for a reading. With `instance` its x, y are pixels of that image, else of the screen.

    On the screen, the room's own log says what was shown when, so times must be milliseconds since 1970. `begun`: where
    the transcript's zero lies on the samples' clock. Without words of their own, those typed in the room count.
    Raises Invalid with the line that is wrong.
    """
    given = require_consent(user=reader, project=reading.project)
    read = _parsed(samples)
    pointer = GazeRecording.objects.filter(reading=reading, reader=reader, source=GazeSource.POINTER).first()
    if instance is None and (pointer is None or not pointer.views):
        raise Invalid(
            "The room has no log of what it showed in this reading, so screen pixels cannot be placed. Record in the "
            "room while you read, or give the image that the file's pixels belong to.", field="pixels",
        )
    typed = [] if said or pointer is None else pointer.words
    with transaction.atomic():
        _require_patient(reading)
        row = GazeRecording.objects.create(
            project=reading.project, reading=reading, reader=reader, source=GazeSource.EYE_TRACKER,
            samples=pack(read), sample_count=len(read), is_on_screen=instance is None,
            views=_one_view(read, instance) if instance else (pointer.views if pointer else []),
            clicks=pointer.clicks if pointer and instance is None else [],
            words=typed or _moved(said, float(read.times[0]), begun), consented_at=given.given_at,
        )
        audit.record(
            "gaze.imported", actor=reader, project=reading.project, subject=f"study:{reading.item.study.uid}",
            recording=row.pk,
        )
    return row


def set_words(*, reading: Reading, reader: User, said: list[Word], begun: float | None = None) -> GazeRecording:
    """A transcript for what the pointer did in this reading; what was typed meanwhile stays. Raises Invalid."""
    require_consent(user=reader, project=reading.project)
    with transaction.atomic():
        pointers = GazeRecording.objects.select_for_update().filter(reading=reading, source=GazeSource.POINTER)
        row = pointers.first()
        read = unpack(row) if row is not None else None
        if row is None or read is None:
            raise Invalid("Nothing was recorded in the room for this reading, so words have no place.", field="words")
        row.words = sorted(row.words + _moved(said, float(read.times[0]), begun), key=lambda one: one[1])[:MOST_LINES]
        row.lag_ms, row.lag_confidence = None, None
        row.save()
    return row


def _moved(said: list[Word], first: float, begun: float | None) -> list[list[object]]:
    """Words onto the samples' clock. One that counts from 0 began with the samples, unless `begun` says when."""
    if begun is None:
        begun = first if said and first > SINCE_1970 > said[0].start else 0.0
    return [[word.text, word.start + begun, word.end + begun] for word in said]


def read_words(content: bytes) -> list[Word]:
    """Raises Invalid with what is wrong."""
    if len(content) > MOST_BYTES:
        raise Invalid(f"A transcript may hold {MOST_BYTES // 1_000_000} MB.", field="words")
    try:
        return parse_words(content)
    except GazeError as error:
        raise refused(error, "words") from None


def _parsed(samples: bytes) -> Samples:
    if len(samples) > MOST_BYTES:
        raise Invalid(f"A file may hold {MOST_BYTES // 1_000_000} MB. Cut the recording by readings.", field="samples")
    try:
        read = parse_samples(samples)
    except GazeError as error:
        raise refused(error, "samples") from None
    if len(read) > MOST:
        raise Invalid(f"The file holds {len(read)} samples; a reading has at most {MOST}.", field="samples")
    return read


def _one_view(read: Samples, instance: Instance) -> list[dict[str, object]]:
    scale = 1000 / max(instance.rows, instance.columns)
    return [{
        "start": float(read.times[0]), "end": float(read.times[-1]) + 1, "instance_id": instance.pk, "frame": 0,
        "origin": [0.0, 0.0], "right": [scale, 0.0], "down": [0.0, scale],
    }]


def _require_patient(reading: Reading) -> None:
    """A withdrawal that is under way waits for this, or this sees that it has happened."""
    patient = Patient.objects.select_for_update(no_key=True).get(pk=reading.item.study.patient_id)
    if patient.withdrawn_at is not None:
        raise Invalid("The patient has been withdrawn; nothing is recorded on these images.")


def delete_recording(*, recording: GazeRecording, reader: User) -> None:
    with transaction.atomic():
        audit.record("gaze.deleted", actor=reader, project=recording.project, recording=recording.pk)
        recording.delete()
