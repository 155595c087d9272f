"""The pixel store: every image decoded once, sized, and memory-mapped for training and prediction.

One folder per preprocessing version and preparation (size, spacing, units, orientation, volume) holds fixed-size rows
in `pixels.u16` and one line per row in `index`. A row is written before its line, so a line always stands for complete
pixels; writers take turns by a file lock.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
import pydicom
from django.conf import settings
from PIL import Image

from imaging import storage
from imaging.dicom.pixels import training_frame
from imaging.dicom.views import Preparation
from imaging.models import Instance
from imaging.preparing import prepared, way_of
from imaging.way import Part, Way

VERSION = "1"
"""Grows with any change to how pixels are made; stores of another version are not read."""
_HOW = "preparation.json"
_CHUNK_BYTES = 2**26


@dataclass(frozen=True)
class Placement:
    """Where an image lies in its square: scale, and offset of its first pixel's centre, in store pixels."""

    scale: float
    left: float
    top: float

    def to_image(self, x: float, y: float, w: float, h: float) -> tuple[float, float, float, float]:
        """A box in store pixels (0 = centre of first pixel) as one in image pixels."""
        edge_x, edge_y = (x + 0.5 - self.left) / self.scale - 0.5, (y + 0.5 - self.top) / self.scale - 0.5
        return edge_x, edge_y, w / self.scale, h / self.scale


def place(rows: int, columns: int, size: int) -> Placement:
    """Aspect ratio kept, centred, padded with black."""
    scale = size / max(rows, columns)
    return Placement(scale, (size - columns * scale) / 2, (size - rows * scale) / 2)


def fit(pixels: npt.NDArray[np.float32], size: int) -> npt.NDArray[np.uint16]:
    """H x W in 0…1 → size x size uint16. Area-averaged when made smaller, so that fine noise does not alias."""
    rows, columns = pixels.shape
    at = place(rows, columns, size)
    width, height = max(1, round(columns * at.scale)), max(1, round(rows * at.scale))
    filter_ = Image.Resampling.BOX if at.scale < 1 else Image.Resampling.BILINEAR
    picture = Image.fromarray(pixels).resize((width, height), filter_)
    square = np.zeros((size, size), np.uint16)
    top, left = round(at.top), round(at.left)
    square[top : top + height, left : left + width] = np.rint(np.asarray(picture) * 65535)
    return square


def instance_pixels(instance: Instance, size: int) -> npt.NDArray[np.uint16]:
    """One image of the archive as size x size uint16; the middle frame of several."""
    dataset = pydicom.dcmread(storage.path_of(instance.path))
    return fit(training_frame(dataset, None if instance.frames > 1 else 0), size)


def way_to_image(instance: Instance, wanted: Preparation, part: Part | None = None) -> Placement | Way:
    """From the prepared square to the image's pixels."""
    if wanted.is_plain:
        return place(instance.rows, instance.columns, wanted.size)
    return way_of(instance, wanted, part)


def key_of(sop_uid: str, part: Part | None) -> str:
    """A row's name: the image, and the part of it."""
    return sop_uid if part is None else f"{sop_uid}@{','.join(f'{v:g}' for v in part)}"


class PixelStore:
    """All images under one preparation, or at one size. Safe for several processes; rows never move."""

    def __init__(self, wanted: int | Preparation, *, version: str = VERSION) -> None:
        wanted = Preparation(wanted) if isinstance(wanted, int) else wanted
        if not 16 <= wanted.size <= 2048:
            raise ValueError(f"size {wanted.size} is outside 16…2048")
        self.wanted = wanted
        self.size = wanted.size
        self.folder = Path(settings.HOME) / "pixels" / f"v{version}-{wanted.name}"
        self.folder.mkdir(parents=True, exist_ok=True)
        if not wanted.is_plain:
            (self.folder / _HOW).write_text(json.dumps(wanted.as_dict()))
        self._row_bytes = int(np.prod(wanted.shape)) * 2

    def index(self) -> dict[str, int]:
        """SOP instance UID (of a crop, `uid@x,y,w,h`) → row. A half-written last line is not counted."""
        path = self.folder / "index"
        if not path.exists():
            return {}
        rows: dict[str, int] = {}
        for line in path.read_text().split("\n")[:-1]:
            key, row = json.loads(line)
            if row < 0:
                rows.pop(key, None)
            else:
                rows[key] = row
        return rows

    def ensure(
        self, instances: Iterable[Instance], progress: Callable[[float], None] = lambda fraction: None,
        parts: Mapping[str, Part] | None = None,
    ) -> dict[str, int]:
        """Decode what is missing; returns the index afterwards. Interrupted, it goes on where it was.

        parts  SOP instance UID → part of the image, for a preparation that crops.
        """
        known, parts = self.index(), parts or {}
        keys = {key_of(i.sop_uid, parts.get(i.sop_uid)): i for i in instances}
        missing = [key for key in keys if key not in known]
        chunk_size = max(1, min(32, _CHUNK_BYTES // self._row_bytes))
        for start in range(0, len(missing), chunk_size):
            chunk = missing[start : start + chunk_size]
            self._append([(key, self._made(keys[key], parts.get(keys[key].sop_uid))) for key in chunk])
            progress((start + len(chunk)) / len(missing))
        return self.index()

    def _made(self, instance: Instance, part: Part | None) -> npt.NDArray[Any]:
        if self.wanted.is_plain:
            return instance_pixels(instance, self.size)
        return prepared(instance, self.wanted, part)

    def rows(self, sop_uids: Sequence[str]) -> Rows:
        """The images (or parts, by `key_of`) in this order, read when indexed. Raises KeyError for one not ensured."""
        index = self.index()
        return Rows(self._map(), np.array([index[uid] for uid in sop_uids], np.int64))

    def forget(self, sop_uids: Iterable[str]) -> None:
        """Overwrite the pixels of withdrawn images and drop them from the index."""
        with self._turn():
            index, leaving = self.index(), set(sop_uids)
            gone = [key for key in index if key.partition("@")[0] in leaving]
            if not gone:
                return
            with (self.folder / "pixels.u16").open("r+b") as pixels, self._lines() as lines:
                for uid in gone:
                    pixels.seek(index[uid] * self._row_bytes)
                    pixels.write(b"\0" * self._row_bytes)
                    lines.write(json.dumps([uid, -1]) + "\n")
                pixels.flush()

    def _append(self, made: Sequence[tuple[str, npt.NDArray[Any]]]) -> None:
        with self._turn():
            known = self.index()
            path = self.folder / "pixels.u16"
            with path.open("ab") as pixels, self._lines() as lines:
                # A writer that was killed may have left part of a row: begin at the next whole one.
                row = -(-pixels.tell() // self._row_bytes)
                pixels.truncate(row * self._row_bytes)
                pixels.seek(row * self._row_bytes)
                fresh = [(uid, image) for uid, image in made if uid not in known]
                for _, image in fresh:
                    pixels.write(image.tobytes())
                pixels.flush()
                for offset, (uid, _) in enumerate(fresh):
                    lines.write(json.dumps([uid, row + offset]) + "\n")

    def _lines(self) -> TextIO:
        """The index, open for more lines; what a killed writer left of its last one is cut off."""
        path = self.folder / "index"
        if path.exists():
            content = path.read_bytes()
            whole = content.rfind(b"\n") + 1
            if whole < len(content):
                os.truncate(path, whole)
        return path.open("a")

    def _map(self) -> npt.NDArray[Any]:
        path = self.folder / "pixels.u16"
        count = path.stat().st_size // self._row_bytes if path.exists() else 0
        if count == 0:
            return np.zeros((0, *self.wanted.shape), self.wanted.dtype)
        return np.memmap(path, self.wanted.dtype, "r", shape=(count, *self.wanted.shape))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def stores() -> list[PixelStore]:
    """Every store on this machine, of whatever preparation, those of earlier versions too."""
    found = []
    for folder in sorted((Path(settings.HOME) / "pixels").glob("v*-*")):
        version, _, name = folder.name[1:].partition("-")
        how = folder / _HOW
        wanted = Preparation.of(json.loads(how.read_text())) if how.exists() else Preparation(int(name))
        found.append(PixelStore(wanted, version=version))
    return found


class Rows:
    """A view of chosen rows, N x the shape of one; indexing reads only what is asked for."""

    def __init__(self, store: npt.NDArray[Any], rows: npt.NDArray[np.int64]) -> None:
        self._store, self._rows = store, rows
        self.shape = (len(rows), *store.shape[1:])
        self.dtype = store.dtype

    def __len__(self) -> int:
        return len(self._rows)

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent to another process as the name of its file: pickle would copy every pixel of a memory map."""
        store = self._store
        if isinstance(store, np.memmap) and store.filename is not None:
            return _mapped_again, (str(store.filename), str(store.dtype), store.shape, store.offset, self._rows)
        return Rows, (store, self._rows)

    def __getitem__(self, which: object) -> npt.NDArray[Any]:
        return np.asarray(self._store[self._rows[which]])  # type: ignore[call-overload]  # whatever NumPy indexes by


def _mapped_again(name: str, kind: str, shape: tuple[int, ...], offset: int, rows: npt.NDArray[np.int64]) -> Rows:
    return Rows(np.memmap(name, dtype=kind, mode="r", shape=shape, offset=offset), rows)
