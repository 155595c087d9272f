"""Uploaded report files wait in a folder of their own until the job has read them. Names and contents are PHI: nobody
but the job looks in, and what is not imported within a day is removed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from core.errors import Invalid
from imaging.services.staging import (
    MAX_NAME,
    Received,
    keep_file,
    measure_folder,
    remove_old_folders,
    require_disk,
)
from reports_nlp.models import ReportIntake

MAX_FILES = 50_000
MAX_FILE_BYTES = 2 * 2**30
MAX_INTAKE_BYTES = 8 * 2**30


def folder_of(intake_id: int) -> Path:
    return Path(settings.HOME) / "report-staging" / str(intake_id)


def stage(*, intake: ReportIntake, files: Iterable[tuple[str, UploadedFile[Any]]]) -> list[Received]:
    """Keep the files under their relative names; one bad name never stops the others."""
    folder = folder_of(intake.pk)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.utime(folder)
    received = []
    count, size = measure(intake.pk)
    for name, file in files:
        try:
            _check_room(folder, count, size, file.size or 0)
            keep_file(folder, name, file)
        except Invalid as error:
            received.append(Received(name[-MAX_NAME:], error.message))
            continue
        received.append(Received(name))
        count, size = count + 1, size + (file.size or 0)
    return received


def measure(intake_id: int) -> tuple[int, int]:
    """How many files wait, and how many bytes they are."""
    return measure_folder(folder_of(intake_id))


def remove(intake_id: int) -> None:
    shutil.rmtree(folder_of(intake_id), ignore_errors=True)


def remove_old() -> int:
    """Remove what waited longer than a day and is not being imported; returns how many intakes that were."""
    busy = ReportIntake.objects.filter(state__in=["queued", "running"]).values_list("pk", flat=True)
    return remove_old_folders(folder_of(0).parent, busy=set(busy))


def _check_room(folder: Path, count: int, size: int, more: int) -> None:
    if count >= MAX_FILES:
        raise Invalid(f"Over the limit of {MAX_FILES} files for one import. Import the rest in another one.")
    if more > MAX_FILE_BYTES or size + more > MAX_INTAKE_BYTES:
        raise Invalid(f"Over the limit of {MAX_INTAKE_BYTES / 2**30:g} GB for one import. Split it.")
    require_disk(folder, more)
