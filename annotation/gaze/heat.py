"""Looking time over an image, for a replay."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from annotation.gaze.fixations import Fixation

CELLS = 64


def heat_map(
    found: Iterable[Fixation], *, rows: int, columns: int, radius: float, cells: int = CELLS
) -> npt.NDArray[np.uint8]:
    """cells along the longer side; 255 where most time was spent. radius: image pixels, one degree is usual."""
    step = max(rows, columns) / cells
    y = (np.arange(max(1, round(rows / step))) + 0.5) * step - 0.5
    x = (np.arange(max(1, round(columns / step))) + 0.5) * step - 0.5
    heat = np.zeros((len(y), len(x)))
    for one in found:
        across = np.exp(-0.5 * ((x - one.x) / radius) ** 2)
        heat += one.duration * np.exp(-0.5 * ((y - one.y) / radius) ** 2)[:, None] * across
    top = heat.max()
    return np.round(255 * heat / top).astype(np.uint8) if top > 0 else heat.astype(np.uint8)
