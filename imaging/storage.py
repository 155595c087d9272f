"""Where de-identified files lie: names say nothing, contents are on disk before the database says so."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings


def root() -> Path:
    return Path(settings.MEDIA_ROOT)


def relative_path(sop_uid: str) -> str:
    """Spread over 4096 folders by the (keyed, hence even) UID's last digits."""
    number = int(sop_uid.rsplit(".", 1)[-1][-9:] or 0)
    return f"dicom/{number % 64:02x}/{number // 64 % 64:02x}/{sop_uid}.dcm"


def write_files(files: Iterable[tuple[str, bytes]]) -> None:
    """Write a group of files durably: each is complete under its name or not there; one directory sync per folder."""
    folders: set[Path] = set()
    for relative, content in files:
        path = path_of(relative)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{secrets.token_hex(8)}.partial")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        folders.add(path.parent)
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def path_of(relative: str) -> Path:
    """Raises ValueError for a path that leads out of the storage."""
    path = (root() / relative).resolve()
    if not path.is_relative_to(root().resolve()):
        raise ValueError("The path leads out of the storage.")
    return path


def read_range(relative: str, offset: int, length: int) -> bytes:
    with path_of(relative).open("rb") as file:
        file.seek(offset)
        return file.read(length)


def remove(relative: str) -> None:
    path_of(relative).unlink(missing_ok=True)
