"""labels.csv and boxes.csv: read, checked, and matched to files by path or name."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from imaging.models import Instance

VALUES = frozenset(["", "1", "0", "-1", "1.0", "0.0", "-1.0"])
MAX_LABEL_BYTES = 200 * 2**20
_HEADER_BYTES = 64 * 1024
BOX_COLUMNS = ("file", "finding", "x", "y", "w", "h")


class LabelFileError(Exception):
    """The file can't be used; the message names the line, the column and what to write."""


@dataclass(frozen=True)
class RawLabels:
    patient_ids: dict[str, str]
    values: dict[str, dict[str, str]]
    boxes: dict[str, list[tuple[str, float, float, float, float]]]


@dataclass(frozen=True)
class LabelRow:
    """One file's answers: finding column → 1 / 0 / -1 / empty as written."""

    file: str
    instance: Instance
    values: dict[str, str]


@dataclass(frozen=True)
class BoxRow:
    """One box in pixels of the file, from its left and top edge."""

    file: str
    instance: Instance
    finding: str
    x: float
    y: float
    w: float
    h: float


@dataclass
class LabelTable:
    """Labels by normalised file path; `match` finds a file by its path, its path's end, or its unique base name."""

    raw: RawLabels = field(default_factory=lambda: RawLabels({}, {}, {}))
    _by_name: dict[str, list[str]] = field(default_factory=dict)
    _files: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for key in sorted(self.keys()):
            self._by_name.setdefault(PurePosixPath(key).name, []).append(key)

    def keys(self) -> set[str]:
        """The files that labels or boxes speak of, as written."""
        return {*self.raw.patient_ids, *self.raw.values, *self.raw.boxes}

    def columns(self) -> frozenset[str]:
        """The findings that labels or boxes speak of, as written."""
        labelled = {column for values in self.raw.values.values() for column in values}
        return frozenset(labelled | {box[0] for boxes in self.raw.boxes.values() for box in boxes})

    def note_files(self, names: Iterable[str]) -> None:
        """Which files there are: a base name that several share tells nothing."""
        self._files.update(_normal(name).name for name in names)

    def match(self, name: str) -> str | None:
        """The entry that means this file; None when there is none, or more than one could be meant."""
        path = _normal(name)
        listed = self._by_name.get(path.name, [])
        inside = [key for key in listed if _ends_with(path, _normal(key))]
        if inside:
            return max(inside, key=len)
        around = [key for key in listed if _ends_with(_normal(key), path)]
        if around:
            return around[0] if len(around) == 1 else None
        # The folders differ: only a name that is nobody else's says which file is meant.
        return listed[0] if len(listed) == 1 and self._files[path.name] <= 1 else None


def _normal(name: str) -> PurePosixPath:
    return PurePosixPath(name.replace("\\", "/"))


def _ends_with(path: PurePosixPath, end: PurePosixPath) -> bool:
    return path.parts[-len(end.parts) :] == end.parts


def is_label_file(path: Path) -> str | None:
    """"labels" or "boxes" when the first line says so, else None."""
    try:
        with path.open("rb") as file:
            first = file.read(_HEADER_BYTES).split(b"\n")[0].decode("utf-8-sig")
        header = [c.strip().lower() for c in next(csv.reader([first]), [])]
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    if set(BOX_COLUMNS) <= set(header):
        return "boxes"
    return "labels" if header[:1] == ["file"] and len(header) > 1 else None


def read_table(
    labels: Iterable[Path], boxes: Iterable[Path], column_map: Mapping[str, str] | None = None
) -> LabelTable:
    """Read the files. `column_map` maps a finding's name to the column that holds it; other columns are left out then.

    Raises LabelFileError naming file, line, column and remedy.
    """
    raw = RawLabels({}, {}, {})
    for path in labels:
        _read_labels(path, dict(column_map or {}), raw)
    for path in boxes:
        _read_boxes(path, raw)
    return LabelTable(raw)


def _rows(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    if path.stat().st_size > MAX_LABEL_BYTES:
        raise LabelFileError(f"{path.name} is over the limit of {MAX_LABEL_BYTES // 2**20} MB. Split it.")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for number, row in enumerate(csv.DictReader(file), start=2):
                cells = {k: v for k, v in row.items() if isinstance(v, str | None)}
                yield number, {(k or "").strip(): (v or "").strip() for k, v in cells.items()}
    except (UnicodeDecodeError, csv.Error) as error:
        raise LabelFileError(f"{path.name} is not UTF-8 CSV ({error}). Save it as CSV UTF-8.") from None


def _read_labels(path: Path, column_map: dict[str, str], raw: RawLabels) -> None:
    for number, row in _rows(path):
        name = row.get("file", "")
        if not name:
            raise LabelFileError(f"{path.name} line {number}: the column 'file' is empty.")
        if row.get("patient_id"):
            raw.patient_ids[name] = row["patient_id"]
        missing = [column for column in column_map.values() if column not in row]
        if missing:
            raise LabelFileError(f"{path.name} has no column {missing[0]!r}; it has: {', '.join(row)}.")
        chosen = {f: row[c] for f, c in column_map.items()} if column_map else {
            c: v for c, v in row.items() if c not in ("file", "patient_id", "fold")
        }
        for column, value in chosen.items():
            if value not in VALUES:
                raise LabelFileError(
                    f"{path.name} line {number}, column {column!r}: {value[:20]!r} is not 1, 0, -1 or empty. "
                    "Name the columns that are findings with --map."
                )
        raw.values[name] = chosen


def _read_boxes(path: Path, raw: RawLabels) -> None:
    for number, row in _rows(path):
        try:
            x, y, w, h = (float(row[c]) for c in ("x", "y", "w", "h"))
        except (KeyError, ValueError):
            raise LabelFileError(f"{path.name} line {number}: x, y, w and h must be numbers (pixels).") from None
        if not all(map(math.isfinite, (x, y, w, h))) or w <= 0 or h <= 0:
            raise LabelFileError(f"{path.name} line {number}: a box needs a positive width and height.")
        if not row.get("file") or not row.get("finding"):
            raise LabelFileError(f"{path.name} line {number}: file or finding is empty.")
        raw.boxes.setdefault(row["file"], []).append((row["finding"], x, y, w, h))
