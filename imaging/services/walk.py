"""Every file below a path, zips opened within bounds; nothing is written outside the scratch folder."""

from __future__ import annotations

import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from imaging.dicom.errors import ImportRefused

MAX_FILES = 200_000
MAX_ZIP_BYTES = 20 * 2**30
MAX_RATIO = 200
MAX_MEMBER_BYTES = 2 * 2**30


_UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Found:
    """A file to look at; `refusal` says why one is not looked at."""

    name: str
    path: Path | None
    refusal: str = ""


def walk(paths: Iterable[Path], scratch: Path) -> Iterator[Found]:
    """Files in a stable order. Links are not followed: they could lead anywhere."""
    count = 0
    for top in paths:
        base = top if top.is_dir() else top.parent
        files = sorted(p for p in top.rglob("*") if not p.is_dir() or p.is_symlink()) if top.is_dir() else [top]
        for path in files:
            count += 1
            name = path.relative_to(base).as_posix()
            if count > MAX_FILES:
                yield Found(name, None, f"More than {MAX_FILES} files; import the rest in another batch.")
                return
            if path.is_symlink():
                yield Found(name, None, "A link; only files themselves are imported.")
            elif not path.is_file():
                yield Found(name, None, "Not a plain file (a pipe or a device).")
            elif path.suffix.lower() == ".zip" and path.stat().st_size:
                yield from _unzip(path, name, scratch)
            else:
                yield Found(name, path)


def _unzip(path: Path, name: str, scratch: Path) -> Iterator[Found]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            _check_bounds(members, path)
            # A folder of its own: the files of another zip have the same numbers.
            folder = Path(tempfile.mkdtemp(prefix="zip-", dir=scratch))
            for number, member in enumerate(members):
                yield _extract(archive, member, f"{name}/{member.filename}", folder / f"{number:06d}")
    except ImportRefused as error:
        yield Found(name, None, str(error))
    except _UNREADABLE as error:
        yield Found(name, None, f"The zip can't be read ({type(error).__name__}). Pack it again without a password.")


def _check_bounds(members: list[zipfile.ZipInfo], path: Path) -> None:
    total = sum(m.file_size for m in members)
    if len(members) > MAX_FILES or total > MAX_ZIP_BYTES:
        size = f"{len(members)} files, {total / 2**30:.1f} GB"
        raise ImportRefused(f"The zip unpacks to {size}: over the limit. Split it.")
    if total > 64 * 2**20 and total > MAX_RATIO * max(1, path.stat().st_size):
        raise ImportRefused(
            f"The zip unpacks to more than {MAX_RATIO} times its size; that is how zip bombs look. Unpack it first."
        )


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, target: Path) -> Found:
    parts = PurePosixPath(member.filename.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or ":" in member.filename[:2]:
        return Found(name[-200:], None, "Its path leads out of the zip; such files are not unpacked.")
    if member.file_size > MAX_MEMBER_BYTES:
        return Found(name, None, "Over the limit of 2 GB for one file.")
    if member.filename.lower().endswith(".zip"):
        return Found(name, None, "A zip inside a zip; unpack it first.")
    try:
        with archive.open(member) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
    except _UNREADABLE as error:
        reason = f"It can't be unpacked ({type(error).__name__}): broken, or with a password. Pack it again."
        return Found(name, None, reason)
    return Found(name, target)
