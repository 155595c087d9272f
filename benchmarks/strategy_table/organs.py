"""Heart and lungs of a phantom as exact masks, on the radiograph and in the CT: what segmentation learns here.

Beside the generator, not in it: its sources are frozen, and these draw nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.phantoms import ct
from imaging.phantoms.anatomy import inside_lung
from imaging.phantoms.parameters import Thorax
from imaging.phantoms.projection import Mask, heart_mask, layers_of


def organs_in_radiograph(thorax: Thorax, *, rows: int, columns: int) -> dict[str, Mask]:
    """Pixel by pixel of `render_radiograph` at this size; the heart lies before the lungs and belongs to both."""
    layers = layers_of(thorax, rows=rows, columns=columns)
    lungs = np.maximum(*(inside_lung(thorax, sign, layers.x, layers.y) for sign in (-1, 1)))
    return {"heart": heart_mask(thorax, layers.x, layers.y), "lungs": np.asarray(lungs > 0.5)}


def organs_in_ct(thorax: Thorax, *, shape: tuple[int, int, int] = (48, 128, 128)) -> dict[str, npt.NDArray[np.bool_]]:
    """Voxel by voxel of `render_ct` at this shape; a lesion in a lung belongs to it."""
    slices, rows, columns = shape
    across, deep = np.arange(columns, dtype=np.float32) + 0.5, np.arange(rows, dtype=np.float32) + 0.5
    x = np.asarray(across / columns * 2.2 - 1.1, np.float32)[None, :]
    z = np.asarray(deep / rows * 2.2 * rows / columns - 1.1 * rows / columns, np.float32)[:, None]
    found = {organ: np.zeros(shape, bool) for organ in ("heart", "lungs")}
    for k, y in enumerate(np.linspace(ct._TOP, ct._BOTTOM, slices, dtype=np.float32)):
        found["heart"][k] = ct._heart(thorax, x, z, float(y))
        level = np.full_like(x, y)
        lungs = ct._lung(thorax, -1, x, z, level) | ct._lung(thorax, 1, x, z, level)
        found["lungs"][k] = lungs & ~found["heart"][k]
    return found
