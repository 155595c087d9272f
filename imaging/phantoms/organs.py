"""Heart and lungs on the radiograph, as exact masks: what segmentation learns without a lesion."""

from __future__ import annotations

import numpy as np

from imaging.phantoms.anatomy import inside_lung
from imaging.phantoms.parameters import Thorax
from imaging.phantoms.projection import Mask, heart_mask, layers_of


def organs_in_radiograph(thorax: Thorax, *, rows: int, columns: int) -> dict[str, Mask]:
    """Pixel by pixel of `render_radiograph` at this size; the heart lies before the lungs and belongs to both."""
    layers = layers_of(thorax, rows=rows, columns=columns)
    lungs = np.maximum(*(inside_lung(thorax, sign, layers.x, layers.y) for sign in (-1, 1)))
    return {"heart": heart_mask(thorax, layers.x, layers.y), "lungs": np.asarray(lungs > 0.5)}
