"""COCO's run lengths: column by column, as a list of counts or as pycocotools' text."""

from __future__ import annotations

from typing import Any

import numpy as np

from annotation.geometry import runs


def to_counts(lengths: runs.Runs, rows: int, columns: int) -> list[int]:
    """Our row-major runs as COCO's uncompressed counts, the first of zeros."""
    mask = runs.to_mask(lengths, rows, columns)
    counts: list[int] = runs.from_mask(mask.T).tolist()
    return counts


def from_segmentation(segmentation: dict[str, Any]) -> tuple[runs.Runs, int, int]:
    """Row-major runs, rows, columns. Raises ValueError for counts that do not fill their size."""
    rows, columns = (int(n) for n in segmentation["size"])
    counts = segmentation["counts"]
    listed = _unpacked(counts) if isinstance(counts, str) else [int(count) for count in counts]
    if min(rows, columns) < 1 or rows * columns > 2**26 or any(count < 0 for count in listed):
        raise ValueError("a mask of impossible size")
    if sum(listed) != rows * columns:
        raise ValueError(f"the counts cover {sum(listed)} pixels, the image has {rows * columns}")
    mask = runs.to_mask(np.asarray(listed, np.int64), columns, rows).T
    return runs.from_mask(mask), rows, columns


def _unpacked(text: str) -> list[int]:
    """pycocotools' text: five bits a letter from '0' on, each count from the third on less the one two before it."""
    counts: list[int] = []
    value, shift = 0, 0
    for letter in text:
        bits = ord(letter) - 48
        if not 0 <= bits < 64:
            raise ValueError("a mask's counts hold a letter that means nothing")
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value, shift = 0, 0
    return counts
