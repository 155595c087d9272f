"""Lesions on the radiograph: each changes the layers and says exactly which pixels it touches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from imaging.phantoms.anatomy import (
    band_noise,
    blobs,
    collapsed_radius,
    ellipse_depth,
    fluid,
    free_air,
    inside_lung,
    sign_of,
    smooth,
    window,
)
from imaging.phantoms.parameters import Lesion, Thorax
from imaging.phantoms.projection import Layers, Mask


def draw_lesions(thorax: Thorax, layers: Layers) -> dict[str, Mask]:
    """Change the layers in place; one mask per lesion that is drawn (an enlarged heart is anatomy, not drawn here)."""
    return {
        lesion.finding: DRAWN[lesion.finding](thorax, lesion, layers)
        for lesion in thorax.lesions if lesion.finding in DRAWN
    }


def _nodule(thorax: Thorax, lesion: Lesion, layers: Layers) -> Mask:
    """A ball of soft tissue: round, or oval in the other subtype."""
    shape = (lesion.x, lesion.y, lesion.extent * (1.0, 1.18)[lesion.subtype], lesion.extent, 0.6 * lesion.subtype)
    depth = ellipse_depth(shape, layers.x, layers.y)
    layers.added += NODULE * lesion.density * lesion.extent * depth**1.2
    return np.asarray(depth > 0)


def _effusion(thorax: Thorax, lesion: Lesion, layers: Layers) -> Mask:
    """Fluid takes the air's place, hides the vessels and the dome."""
    sign = sign_of(lesion)
    share = fluid(thorax, lesion, sign, layers.x, layers.y)
    mask = (share > 0.25) & (layers.lungs[sign] > 0.02)
    layers.lungs[sign] = layers.lungs[sign] * (1 - EFFUSION * lesion.density * share)
    layers.vessels[sign] = layers.vessels[sign] * (1 - share)
    layers.abdomen += np.maximum(0, 1 - layers.abdomen) * 0.5 * lesion.density * share
    return np.asarray(mask)


def _consolidation(thorax: Thorax, lesion: Lesion, layers: Layers) -> Mask:
    """Blobs in which fluid fills the air spaces; vessels drown in them."""
    sign = sign_of(lesion)
    summed = np.zeros_like(layers.lungs[sign])
    for cx, cy, _, radius in blobs(lesion):
        rows, columns = window(layers.x, layers.y, cx, cy, radius, radius)
        part = 1 - ((layers.x[:, columns] - cx) ** 2 + (layers.y[rows] - cy) ** 2) / radius**2
        summed[rows, columns] += radius / lesion.extent * np.maximum(0, part)
    grain = 1 + 0.25 * band_noise(summed.shape, 40, lesion.texture_seed)
    share = np.clip(summed * grain, 0, 1.3) * inside_lung(thorax, sign, layers.x, layers.y)
    layers.lungs[sign] = layers.lungs[sign] * (1 - CONSOLIDATION * lesion.density * share)
    seen = np.asarray(1 - 0.6 * np.minimum(1, share), np.float32)
    layers.vessels[sign] = layers.vessels[sign] * seen
    return np.asarray(share > 0.08)


def _pneumothorax(thorax: Thorax, lesion: Lesion, layers: Layers) -> Mask:
    """Air without vessels outside a thin pleural line; the lung inside has lost air."""
    sign, x, y = sign_of(lesion), layers.x, layers.y
    radius, inside = collapsed_radius(thorax, lesion, sign, x, y), inside_lung(thorax, sign, x, y)
    air = free_air(thorax, lesion, sign, x, y)
    width = max(0.016, float(x[0, 1] - x[0, 0]) / 2)
    line = np.maximum(0, 1 - ((radius - 1) / width) ** 2) * inside * smooth(0.30 - y, 0.12) * 0.016 / width
    layers.vessels[sign] = layers.vessels[sign] * (1 - air)
    layers.lungs[sign] *= np.asarray(1 - COLLAPSE * lesion.extent * (1 - air) * inside, np.float32)
    layers.added += lesion.density * (0.075 * line - FREE_AIR * air)
    return np.asarray(air > 0.5)


NODULE, EFFUSION, CONSOLIDATION, COLLAPSE, FREE_AIR = 7.0, 1.0, 0.95, 0.9, 0.07
DRAWN: dict[str, Callable[[Thorax, Lesion, Layers], Mask]] = {
    "nodule": _nodule, "effusion": _effusion, "consolidation": _consolidation, "pneumothorax": _pneumothorax,
}
