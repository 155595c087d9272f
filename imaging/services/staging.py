"""Uploaded files wait in a folder of their own until a job imports them. Their names and contents are PHI: nobody but
the job looks in, and what is not imported within a day is removed."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from core.errors import Conflict, Invalid
from imaging.models import ImportBatch
from imaging.services.walk import MAX_FILES, MAX_MEMBER_BYTES

MAX_BATCH_BYTES = 50 * 2**30
MAX_NAME = 400
MAX_PART_BYTES = 200
MAX_DEPTH = 30
SPARE_BYTES = 2**30
"""Left free on the disk, whatever is uploaded."""
KEPT_SECONDS = 24 * 3600
OPEN_STATES = ("receiving", "failed")


@dataclass(frozen=True)
class Received:
    """What became of one uploaded file; an empty reason means it waits to be imported."""

    name: str
    reason: str = ""


def folder_of(batch_id: int) -> Path:
    return Path(settings.HOME) / "staging" / str(batch_id)


def stage_files(*, batch: ImportBatch, files: Iterable[tuple[str, UploadedFile[Any]]]) -> list[Received]:
    """Keep the files under their relative names; the same name again replaces. One bad name never stops the others.

    Raises Conflict when the batch is being imported or is done.
    """
    state = ImportBatch.objects.values_list("state", flat=True).get(pk=batch.pk)
    if state not in OPEN_STATES:
        raise Conflict(f"This import is {state}; start another one for more files.", state=state)
    folder = folder_of(batch.pk)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.utime(folder)
    count, size = measure(batch.pk)
    received = []
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


def measure(batch_id: int) -> tuple[int, int]:
    """How many files wait, and how many bytes they are."""
    return measure_folder(folder_of(batch_id))


def measure_folder(folder: Path) -> tuple[int, int]:
    """How many files are in it, and how many bytes they are."""
    sizes = [p.stat().st_size for p in folder.rglob("*") if p.is_file()]
    return len(sizes), sum(sizes)


def safe_path(name: str) -> Path:
    """The relative path of an uploaded name. Raises Invalid for one that leads elsewhere or can't be a file name."""
    plain = name.replace("\\", "/")
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    if not parts or len(name) > MAX_NAME or len(parts) > MAX_DEPTH:
        raise Invalid(f"Its path is empty, over {MAX_NAME} characters, or over {MAX_DEPTH} folders deep. Shorten it.")
    if plain.startswith("/") or ".." in parts or plain[1:2] == ":":
        raise Invalid("Its path leads out of the folder that was dropped; such files are not taken.")
    if any(len(part.encode(errors="replace")) > MAX_PART_BYTES for part in parts) or not plain.isprintable():
        raise Invalid("Its name is too long or holds characters that can't be printed. Rename it.")
    return Path(*parts)


def _check_room(folder: Path, count: int, size: int, more: int) -> None:
    if count >= MAX_FILES:
        raise Invalid(f"Over the limit of {MAX_FILES} files for one import. Import the rest in another one.")
    if more > MAX_MEMBER_BYTES:
        raise Invalid(f"Over the limit of {MAX_MEMBER_BYTES / 2**30:g} GB for one file.")
    if size + more > MAX_BATCH_BYTES:
        raise Invalid(f"Over the limit of {MAX_BATCH_BYTES / 2**30:g} GB for one import. Split it.")
    require_disk(folder, more)


def require_disk(folder: Path, more: int) -> None:
    """Raises Invalid where so many bytes more would leave the disk almost full."""
    if shutil.disk_usage(folder).free - more < SPARE_BYTES:
        raise Invalid("The server's disk is almost full. Tell its administrator.")


def keep_file(folder: Path, name: str, file: UploadedFile[Any]) -> None:
    """Keep an upload under its relative name. Raises Invalid for a name that can't be one or is a folder's already."""
    path = folder / safe_path(name)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Beside the folder, so that half a file never waits among whole ones.
        with tempfile.NamedTemporaryFile(dir=folder.parent, delete=False) as target:
            for chunk in file.chunks():
                target.write(chunk)
        os.replace(target.name, path)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise Invalid("A file and a folder have the same name in this import. Rename one of them.") from None


def remove_staging(batch_id: int) -> None:
    shutil.rmtree(folder_of(batch_id), ignore_errors=True)


def remove_old_stagings() -> int:
    """Remove what waited longer than a day and is not being imported; returns how many imports that were."""
    busy = ImportBatch.objects.filter(state__in=["queued", "running"]).values_list("pk", flat=True)
    return remove_old_folders(folder_of(0).parent, busy=set(busy))


def remove_old_folders(root: Path, *, busy: Collection[int]) -> int:
    """Remove what waited in `root` longer than a day, but for the folders of `busy`; returns how many folders went."""
    removed = 0
    for waiting in root.glob("*"):
        if time.time() - waiting.stat().st_mtime <= KEPT_SECONDS:
            continue
        if waiting.is_file():
            waiting.unlink(missing_ok=True)
        elif waiting.name.isdigit() and int(waiting.name) not in busy:
            shutil.rmtree(waiting, ignore_errors=True)
            removed += 1
    return removed
