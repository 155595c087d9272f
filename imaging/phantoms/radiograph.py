"""The PA radiograph of a thorax with its exact labels, masks and boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.phantoms.anatomy import heart_parts, thorax_half_width
from imaging.phantoms.detector import develop
from imaging.phantoms.lesions import draw_lesions
from imaging.phantoms.parameters import UNIT_MM, Thorax
from imaging.phantoms.projection import Mask, heart_mask, layers_of, total_density


@dataclass(frozen=True)
class PhantomBox:
    """Image pixels, 0 = centre of the first pixel; x, y are the left and top edges."""

    finding: str
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Radiograph:
    """pixels: rows x columns uint16, bright = dense; masks: rows x columns bool per present finding, exact."""

    pixels: npt.NDArray[np.uint16]
    labels: dict[str, int]
    grades: dict[str, int]
    boxes: list[PhantomBox]
    masks: dict[str, Mask]
    spacing_mm: tuple[float, float]
    ctr: float


def render_radiograph(thorax: Thorax, *, rows: int = 512, columns: int = 512) -> Radiograph:
    """Render at any size from 32 to several thousand pixels; pixels are square."""
    layers = layers_of(thorax, rows=rows, columns=columns)
    masks = draw_lesions(thorax, layers)
    if thorax.labels["cardiomegaly"]:
        masks["cardiomegaly"] = heart_mask(thorax, layers.x, layers.y)
    pixels = develop(total_density(thorax, layers), thorax)
    spacing = 2 * UNIT_MM / columns / thorax.zoom
    boxes = [_box(finding, mask) for finding, mask in masks.items() if mask.any()]
    return Radiograph(pixels, thorax.labels, thorax.grades, boxes, masks, (spacing, spacing), measured_ctr(thorax))


def _box(finding: str, mask: Mask) -> PhantomBox:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top = float(columns[0]) - 0.5, float(rows[0]) - 0.5
    return PhantomBox(finding, left, top, float(columns[-1] - columns[0] + 1), float(rows[-1] - rows[0] + 1))


def measured_ctr(thorax: Thorax) -> float:
    """Widest heart over widest inner chest."""
    parts = heart_parts(thorax)[:2]
    width = max(p[0] + p[2] for p in parts) - min(p[0] - p[2] for p in parts)
    return width / (2 * thorax_half_width(thorax))
