"""An eye tracker's file, a transcript or speech arrives: kept as bytes, and a job queued that looks what it is."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet

from annotation.models import GazeRecording, GazeSource, GazeState, Reading
from annotation.services.gaze import staging
from annotation.services.gaze.consent import require_consent
from annotation.services.gaze.recogniser import require_recogniser
from annotation.services.gaze.shapes import pointer_of, require_log, require_patient, require_pointer
from core.errors import Conflict, Invalid
from core.models import User
from core.transitions import Transitions
from imaging.models import Instance
from workers.engine import defer
from workers.models import Job, JobState
from workers.schedule import every

KIND = "annotation.gaze"
TRANSITIONS = Transitions(
    "state",
    {
        GazeState.WAITING: frozenset({GazeState.READY, GazeState.FAILED}),
        GazeState.READY: frozenset({GazeState.WAITING}),
        GazeState.FAILED: frozenset({GazeState.WAITING}),
    },
)
CUT_OFF = "Reading the file was cancelled or cut off. Upload it again."


def receive_files(
    *, reading: Reading, reader: User, files: staging.Files, begun: float | None = None,
    instance: Instance | None = None,
) -> GazeRecording:
    """A recording that waits for its job, on commit; for a transcript or speech alone the pointer's of this reading.

    files: of staging.FILES. With `instance` x, y are pixels of that image, else of the screen. `begun`: where the
    transcript's zero lies on the samples' clock, ms. Raises Invalid for what no job need look at; Conflict without
    consent, or while the pointer's recording waits for another transcript.
    """
    require_consent(user=reader, project=reading.project)
    _check(reading, files, instance)
    upload = uuid4()
    try:
        staging.stage(upload=upload, files=files)
        with transaction.atomic():
            require_patient(reading)
            row = _waiting(reading, reader, upload, is_tracker="samples" in files, is_on_screen=instance is None)
            payload = {"recording": row.pk, "upload": str(upload), "begun": begun}
            # Of no project: its members do not see this job, as they do not see the recording.
            defer(
                KIND, payload=payload | {"instance": instance.pk if instance else None}, user=reader,
                label="Read a recording of looking or speaking", dedupe_key=key_of(upload),
            )
    except BaseException:
        staging.remove(upload)
        raise
    row.refresh_from_db()
    return row


def key_of(upload: UUID) -> str:
    return f"gaze:{upload}"


def _check(reading: Reading, files: staging.Files, instance: Instance | None) -> None:
    if not files:
        raise Invalid("Give an eye tracker's file, a transcript, or speech.", field="samples")
    if "audio" in files and "words" not in files:
        require_recogniser()
    staging.check_sizes(files)
    if "samples" not in files:
        require_pointer(pointer_of(reading))
    elif instance is None:
        require_log(pointer_of(reading))


def _waiting(
    reading: Reading, reader: User, upload: UUID, *, is_tracker: bool, is_on_screen: bool
) -> GazeRecording:
    given = require_consent(user=reader, project=reading.project)
    if is_tracker:
        return GazeRecording.objects.create(
            project=reading.project, reading=reading, reader=reader, source=GazeSource.EYE_TRACKER, samples=b"",
            is_on_screen=is_on_screen, state=GazeState.WAITING, upload=upload, consented_at=given.given_at,
        )
    pointers = GazeRecording.objects.filter(reading=reading, source=GazeSource.POINTER)
    if not TRANSITIONS.apply(pointers, GazeState.WAITING, upload=upload, problem=""):
        require_pointer(pointers.first())
        raise Conflict("A file for this reading is still being read. Add the next one when it is done.")
    return pointers.get()


def ended(rows: QuerySet[GazeRecording], upload: UUID, to: str, **changes: Any) -> bool:
    """Whether this upload was still waited for; only then the state moves."""
    return bool(TRANSITIONS.apply(rows.filter(upload=upload), to, **changes))


@every(60)
def settle_cut_off() -> int:
    return settle(GazeRecording.objects.all())


@every(3600)
def forget_uploads() -> int:
    return staging.remove_old()


def settle(rows: QuerySet[GazeRecording]) -> int:
    """Jobs that ended without a word (cancelled, their worker lost each time) leave their recording failed and no
    file. Returns how many."""
    count = 0
    for row in rows.filter(state=GazeState.WAITING).defer("samples"):
        assert row.upload is not None  # a named constraint
        unfinished = Job.objects.filter(dedupe_key=key_of(row.upload), state__in=[JobState.QUEUED, JobState.RUNNING])
        if not unfinished.exists() and ended(
            GazeRecording.objects.filter(pk=row.pk), row.upload, GazeState.FAILED, problem=CUT_OFF
        ):
            staging.remove(row.upload)
            count += 1
    return count
