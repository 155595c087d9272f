"""Uploaded recordings wait in a folder of their own until the job has read them. Nobody but the job looks in; names are
not kept, and what no job reads is removed within a day."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet

from annotation.models import GazeRecording, GazeState
from annotation.services.gaze.shapes import MOST_BYTES
from core.errors import Invalid
from imaging.services.staging import keep_file, remove_old_folders, require_disk

MOST_AUDIO = 40_000_000
FILES = {"samples": "samples", "words": "words", "audio": "speech.wav"}
"""Under these names they wait, whatever theirs were."""
Files: TypeAlias = "Mapping[str, UploadedFile[Any]]"


def _root() -> Path:
    return Path(settings.HOME) / "gaze-staging"


def path_of(upload: UUID, field: str) -> Path:
    return _root() / str(upload.int) / FILES[field]


def check_sizes(files: Files) -> None:
    """Raises Invalid for a file that is larger than one may be."""
    told = {
        "samples": (MOST_BYTES, "A file may hold {} MB. Cut the recording by readings."),
        "words": (MOST_BYTES, "A transcript may hold {} MB."), "audio": (MOST_AUDIO, "A recording may have {} MB."),
    }
    for field, file in files.items():
        most, words = told[field]
        if (file.size or 0) > most:
            raise Invalid(words.format(most // 1_000_000), field=field)


def stage(*, upload: UUID, files: Files) -> None:
    """Raises Invalid when the disk is almost full."""
    folder = path_of(upload, "samples").parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    require_disk(folder, sum(file.size or 0 for file in files.values()))
    for field, file in files.items():
        keep_file(folder, FILES[field], file)


def remove(upload: UUID) -> None:
    shutil.rmtree(path_of(upload, "samples").parent, ignore_errors=True)


def delete_rows(rows: QuerySet[GazeRecording]) -> int:
    """Delete recordings, on commit also the files that waited to be read into them. Returns how many recordings."""
    uploads = [upload for upload in rows.values_list("upload", flat=True) if upload is not None]
    count = rows.count()
    rows.delete()
    for upload in uploads:
        transaction.on_commit(lambda upload=upload: remove(upload))  # type: ignore[misc]
    return count


def remove_old() -> int:
    """Remove what waited longer than a day and no job is to read; returns how many uploads that were."""
    waiting = GazeRecording.objects.filter(state=GazeState.WAITING).values_list("upload", flat=True)
    return remove_old_folders(_root(), busy={upload.int for upload in waiting if upload is not None})
