"""Recordings come in from the room in batches, and go when their reader says so."""

from __future__ import annotations

import numpy as np
from django.db import transaction

from annotation.gaze import Samples
from annotation.models import GazeRecording, GazeSource, Reading
from annotation.services.gaze.consent import require_consent
from annotation.services.gaze.shapes import MOST, MOST_LINES, Batch, pack, require_patient, unpack
from annotation.services.gaze.staging import delete_rows
from core import audit
from core.models import User
from imaging.models import Instance


def add_pointer(*, reading: Reading, reader: User, batch: Batch) -> GazeRecording:
    """Add to the reading's pointer recording. What was sent before, is of other images, or is too much, is left out."""
    given = require_consent(user=reader, project=reading.project)
    with transaction.atomic():
        require_patient(reading)
        GazeRecording.objects.get_or_create(
            reading=reading, source=GazeSource.POINTER,
            defaults={"project": reading.project, "reader": reader, "samples": b"", "consented_at": given.given_at},
        )
        row = GazeRecording.objects.select_for_update().get(reading=reading, source=GazeSource.POINTER)
        _add(row, batch, reading)
        row.lag_ms, row.lag_confidence = None, None
        row.save(
            update_fields=["samples", "sample_count", "views", "clicks", "words", "lag_ms", "lag_confidence"]
        )
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


def delete_recording(*, recording: GazeRecording, reader: User) -> None:
    """Also while a file for it waits to be read: the job then finds nothing to do."""
    with transaction.atomic():
        audit.record("gaze.deleted", actor=reader, project=recording.project, recording=recording.pk)
        delete_rows(GazeRecording.objects.filter(pk=recording.pk))
