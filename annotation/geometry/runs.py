"""Masks as run lengths: row-major, the first run is zeros, each length as LEB128 (7 bits a byte, lowest first)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST = 5
"""Bytes of one length: enough for 2^35 pixels."""
Runs = NDArray[np.int64]


def from_text(text: str) -> bytes:
    """Raises ValueError for what is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the run lengths are no base64") from None


def to_text(packed: bytes) -> str:
    return base64.b64encode(packed).decode("ascii")


def unpack(packed: bytes) -> Runs:
    """The lengths. Raises ValueError when the bytes end within a length or one is longer than five bytes."""
    octets = np.frombuffer(packed, np.uint8)
    if not octets.size:
        return np.zeros(0, np.int64)
    last = np.flatnonzero(octets < 0x80)
    if not last.size or last[-1] != octets.size - 1:
        raise ValueError("the run lengths end in the middle of a number")
    first = np.concatenate([[0], last[:-1] + 1])
    sizes = last - first + 1
    if sizes.max() > LONGEST:
        raise ValueError("a run length is longer than any image")
    place = np.arange(octets.size) - np.repeat(first, sizes)
    lengths: Runs = np.add.reduceat((octets & 0x7F).astype(np.int64) << (7 * place), first)
    return lengths


def pack(runs: Runs) -> bytes:
    out = bytearray()
    for length in runs.tolist():
        while length >= 0x80:
            out.append(length & 0x7F | 0x80)
            length >>= 7
        out.append(length)
    return bytes(out)


def check(runs: Runs, rows: int, columns: int) -> None:
    """Raises ValueError unless the runs fill the image exactly and only the first may be empty."""
    if int(runs.sum()) != rows * columns:
        raise ValueError(f"the run lengths cover {int(runs.sum())} pixels, the image has {rows * columns}")
    if runs.size > 1 and not runs[1:].all():
        raise ValueError("a run within the mask is empty")


def area(runs: Runs) -> int:
    """Pixels that are set."""
    return int(runs[1::2].sum())


def bounds(runs: Runs, columns: int) -> tuple[int, int, int, int]:
    """First row, last row, first column, last column of the mask. Raises ValueError when it is empty."""
    ends = np.cumsum(runs)
    first, last = ends[0:-1:2], ends[1::2] - 1
    if not first.size:
        raise ValueError("the mask is empty")
    top, bottom = first // columns, last // columns
    wrapped = bool(np.any(top != bottom))  # a run that goes on in the next row touches both edges
    left = 0 if wrapped else int((first % columns).min())
    right = columns - 1 if wrapped else int((last % columns).max())
    return int(top[0]), int(bottom[-1]), left, right


def to_mask(runs: Runs, rows: int, columns: int) -> NDArray[np.bool_]:
    values = np.arange(runs.size) % 2 == 1
    return np.repeat(values, runs).reshape(rows, columns)


def from_mask(mask: NDArray[Any]) -> Runs:
    flat = np.asarray(mask, bool).ravel()
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    start = [0, 0] if flat.size and flat[0] else [0]
    marks = np.concatenate([start, edges, [flat.size]]).astype(np.int64)
    return np.diff(marks)
