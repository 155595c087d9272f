"""Streams of eye trackers and pointers: CSV or JSON with a time in milliseconds, x, y and perhaps a validity."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
MOST_SAMPLES = 500_000
"""Over two hours at 60 Hz."""
MOST_BYTES = 40_000_000
NAMES = {
    "t": ("t", "time", "timestamp", "time_ms", "timestamp_ms", "t_ms", "ms"),
    "x": ("x", "gaze_x", "gazex", "gaze point x", "screen_x", "image_x", "x_px"),
    "y": ("y", "gaze_y", "gazey", "gaze point y", "screen_y", "image_y", "y_px"),
    "valid": ("valid", "validity", "v", "is_valid"),
}
"""Headers that are understood, in any case. Validity: 1/true/valid; a code of 0 alone is invalid."""


class GazeError(ValueError):
    """A file that cannot be a recording; the words say why and where."""


@dataclass(frozen=True)
class Samples:
    """times in ms, increasing; x, y in pixels of the screen or of the image (see Shown); valid is false in a blink."""

    times: Numbers
    x: Numbers
    y: Numbers
    valid: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.times)


def samples_of(rows: list[tuple[float, float, float, bool]]) -> Samples:
    """Raises GazeError where times run backwards or there are too many."""
    if not rows:
        raise GazeError("The recording holds no sample.")
    if len(rows) > MOST_SAMPLES:
        raise GazeError(f"The recording holds {len(rows)} samples; at most {MOST_SAMPLES} are taken.")
    table = np.array([row[:3] for row in rows], dtype=np.float64)
    valid = np.array([row[3] for row in rows]) & np.isfinite(table).all(axis=1)
    if not np.isfinite(table[:, 0]).all():
        raise GazeError("A sample has no time.")
    backwards = np.flatnonzero(np.diff(table[:, 0]) < 0)
    if backwards.size:
        raise GazeError(f"Sample {int(backwards[0]) + 2} is earlier than the one before it.")
    return Samples(table[:, 0], table[:, 1], table[:, 2], valid)


def parse_samples(content: bytes) -> Samples:
    """CSV (comma, semicolon or tab, with a header) or JSON (a list of objects, or {"samples": [...]}).

    Raises GazeError with the line that is wrong.
    """
    if len(content) > MOST_BYTES:
        raise GazeError(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    text = decoded(content)
    return samples_of(_of_json(text) if text.lstrip()[:1] in ("[", "{") else _of_csv(text))


def decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise GazeError("The file is not text in UTF-8.") from None


def _of_json(text: str) -> list[tuple[float, float, float, bool]]:
    rows = loaded(text)
    if isinstance(rows, dict):
        rows = rows.get("samples")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise GazeError('JSON must be a list of samples {"t": ms, "x": …, "y": …}, or {"samples": [...]}.')
    return [_row({str(k).strip().lower(): v for k, v in row.items()}, n) for n, row in enumerate(rows, 1)]


def loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise GazeError("The file begins like JSON and is none.") from None


def _of_csv(text: str) -> list[tuple[float, float, float, bool]]:
    return [_row(row, n) for n, row in enumerate(table_of(text), 2)]


def table_of(text: str) -> list[dict[str, str]]:
    """Rows of a CSV by its header in lower case; the separator is what the header uses."""
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    try:
        reader = csv.DictReader(io.StringIO(text), delimiter=separator)
        reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or []]
        return [row for row in reader if any((value or "").strip() for value in row.values() if isinstance(value, str))]
    except csv.Error as error:
        raise GazeError(f"The table cannot be read: {error}.") from None


def _row(row: dict[str, Any], line: int) -> tuple[float, float, float, bool]:
    time = number(first_of(row, NAMES["t"]), line, "time")
    if time is None:
        raise GazeError(f"Line {line} has no time; columns are time (ms), x, y and perhaps valid.")
    x, y = (number(first_of(row, NAMES[axis]), line, axis) for axis in "xy")
    told = first_of(row, NAMES["valid"])
    is_valid = told is None or str(told).strip().lower() not in ("0", "0.0", "false", "invalid", "no", "")
    if x is None or y is None:
        return time, math.nan, math.nan, False
    return time, x, y, is_valid


def first_of(row: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if name in row), None)


def number(value: Any, line: int, what: str) -> float | None:
    """None for what is empty or NaN, as trackers write a lost eye."""
    if value is None or (isinstance(value, str) and value.strip().lower() in ("", "nan", "null")):
        return None
    try:
        read = float(value)
    except (TypeError, ValueError):
        raise GazeError(f"Line {line}: {str(value)[:30]!r} is no {what}.") from None
    return read if math.isfinite(read) else None
