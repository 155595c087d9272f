"""The pulmonary vessels of one side: a tree of tapering tubes from the hilum, all branches drawn at once."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from imaging.phantoms.anatomy import HILUM, Field, inside_lung
from imaging.phantoms.parameters import Thorax

_TRUNKS = 9
_CELLS = 2**20
Branches = npt.NDArray[np.float32]


def branches(thorax: Thorax, sign: int) -> Branches:
    """One row per tube: x0, y0, x1, y1, radius at its beginning, radius at its end."""
    g = np.random.default_rng([thorax.vessel_seed, sign + 1])
    angle = -1.35 + 2.75 * np.arange(_TRUNKS) / (_TRUNKS - 1) + g.normal(0, 0.12, _TRUNKS)
    x, y = np.full(_TRUNKS, sign * HILUM[0]), HILUM[1] + g.normal(0, 0.05, _TRUNKS)
    radius = 0.026 * g.uniform(0.7, 1.2, _TRUNKS)
    found = []
    for _ in range(3):
        step, fork = g.uniform(0.13, 0.2, _TRUNKS), g.choice([-1, 1], _TRUNKS) * g.uniform(0.35, 0.6, _TRUNKS) + angle
        x1, y1, r1 = x + sign * np.cos(angle) * step, y + np.sin(angle) * step * 1.25, radius * 0.62
        found.append(np.stack([x, y, x1, y1, radius, r1], 1))
        x2, y2 = x1 + sign * np.cos(fork) * step * 0.8, y1 + np.sin(fork) * step
        found.append(np.stack([x1, y1, x2, y2, r1, r1 * 0.55], 1))
        x, y, radius, angle = x1, y1, r1, angle + g.normal(0, 0.18, _TRUNKS)
    return np.concatenate(found).astype(np.float32)


def vessel_density(thorax: Thorax, sign: int, x: Field, y: Field) -> Field:
    """Rows x columns; tubes thinner than a pixel are drawn wider and as much fainter."""
    pixel = float(x[0, 1] - x[0, 0])
    tubes = branches(thorax, sign)
    margin = float(tubes[:, 4].max()) + pixel
    side = math.ceil((float(np.abs(tubes[:, 2:4] - tubes[:, :2]).max()) + 2 * margin) / pixel) + 1
    total = np.zeros(y.shape[0] * x.shape[1], np.float64)
    group = max(1, _CELLS // side**2)
    for start in range(0, len(tubes), group):
        where, what = _drawn(tubes[start : start + group], side, margin, pixel, x, y)
        total += np.bincount(where, what, total.size)
    return np.asarray(total.reshape(y.shape[0], x.shape[1]) * inside_lung(thorax, sign, x, y), np.float32)


def _drawn(
    tubes: Branches, side: int, margin: float, pixel: float, x: Field, y: Field
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Each tube on a patch of side x side pixels: indices into the image, and densities there."""
    rows, columns = y.shape[0], x.shape[1]
    left = np.searchsorted(x[0], np.minimum(tubes[:, 0], tubes[:, 2]) - margin)
    top = np.searchsorted(y[:, 0], np.minimum(tubes[:, 1], tubes[:, 3]) - margin)
    column, row = left[:, None] + np.arange(side), top[:, None] + np.arange(side)
    px = (x[0, 0] + column.astype(np.float32) * pixel - tubes[:, :1])[:, None, :]
    py = (y[0, 0] + row.astype(np.float32) * pixel - tubes[:, 1:2])[:, :, None]
    dx, dy = (tubes[:, 2] - tubes[:, 0])[:, None, None], (tubes[:, 3] - tubes[:, 1])[:, None, None]
    r0, r1 = tubes[:, 4, None, None], tubes[:, 5, None, None]
    share = np.clip((px * dx + py * dy) / np.maximum(dx * dx + dy * dy, 1e-9), 0, 1)
    distance = (px - share * dx) ** 2 + (py - share * dy) ** 2
    true = r0 + (r1 - r0) * share
    drawn = np.maximum(true, 0.7 * pixel)
    what = 2.2 * np.sqrt(np.maximum(0, drawn * drawn - distance)) * (true / drawn) ** 2
    seen = ((column < columns)[:, None, :] & (row < rows)[:, :, None]) & (what > 0)
    where = np.minimum(row, rows - 1)[:, :, None] * columns + np.minimum(column, columns - 1)[:, None, :]
    return where[seen], what[seen].astype(np.float32)
