"""Densities along parallel rays from back to front, in closed form: what reaches the detector before noise and tone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.phantoms.anatomy import (
    Field,
    band_noise,
    dome,
    ellipse_depth,
    grid,
    heart_depth,
    heart_parts,
    lung_chord,
    smooth,
    thorax_half_width,
    window,
)
from imaging.phantoms.look_alikes import add_look_alike
from imaging.phantoms.parameters import Thorax
from imaging.phantoms.vessels import vessel_density

SOFT, AIR, BONE, ABDOMEN = 1.0, -0.78, 1.15, 0.16
Mask = npt.NDArray[np.bool_]


@dataclass
class Layers:
    """What lesions change. By side (-1 right, 1 left): `lungs` is the air's path length, `vessels` their density."""

    x: Field
    y: Field
    lungs: dict[int, Field]
    vessels: dict[int, Field]
    abdomen: Field
    added: Field


def layers_of(thorax: Thorax, *, rows: int, columns: int) -> Layers:
    """The healthy chest, in layers."""
    x, y = grid(rows, columns, zoom=thorax.zoom, offset=thorax.offset)
    below = sum(smooth(y - dome(thorax, s, x), 0.03) * smooth(s * x + 0.02, 0.05) for s in (-1, 1))
    return Layers(
        x, y, {s: lung_chord(thorax, s, x, y) for s in (-1, 1)}, {s: vessel_density(thorax, s, x, y) for s in (-1, 1)},
        np.asarray(below, np.float32), np.zeros((rows, columns), np.float32),
    )


def total_density(thorax: Thorax, layers: Layers) -> Field:
    """All layers, the heart in front of the lungs, bones and look-alikes: rows x columns, soft tissue about 1."""
    x, y = layers.x, layers.y
    heart = heart_depth(thorax, x, y)
    displaced = 1 - 0.92 * np.minimum(1, heart * 1.35)
    density = _body(thorax, x, y) + ABDOMEN * layers.abdomen + layers.added
    # Behind the dome the heart rests on tissue of its own density.
    density += 0.10 * heart * (1 - 0.8 * np.clip(layers.abdomen, 0, 1))
    for sign in (-1, 1):
        density += (AIR * layers.lungs[sign] + layers.vessels[sign]) * displaced
    density += _spine(thorax, x, y) + _ribs(thorax, x, y) + _clavicles(thorax, x, y)
    for thing in thorax.distractors:
        add_look_alike(thing, density, x, y)
    return np.asarray(density, np.float32)


def heart_mask(thorax: Thorax, x: Field, y: Field) -> Mask:
    """Ventricle and atrium, whose joint width is the ratio's numerator."""
    return np.asarray(np.maximum(*(ellipse_depth(p, x, y) for p in heart_parts(thorax)[:2])) > 0)


def _body(thorax: Thorax, x: Field, y: Field) -> Field:
    depth = np.sqrt(np.maximum(0.02, 1 - np.abs(x / 1.12) ** 3.2)) * (1 + 0.05 * y)
    shoulder = np.clip(1.9 + 1.15 * y - 1.25 * np.abs(x) ** 1.6, 0.0, 1.0)
    texture = 0.02 * band_noise((y.shape[0], x.shape[1]), 7, [thorax.vessel_seed, 5])
    return np.asarray(SOFT * thorax.habitus * depth * (0.35 + 0.65 * shoulder) + texture, np.float32)


def _spine(thorax: Thorax, x: Field, y: Field) -> Field:
    middle = 0.006 * thorax.rotation_deg + thorax.tilt * y
    across = np.sqrt(np.maximum(0, 1 - ((x - middle) / 0.095) ** 2))
    discs = 0.88 + 0.12 * np.cos(2 * np.pi * (y / 0.155 + thorax.rib_phase))
    return np.asarray(0.14 * BONE * across * discs, np.float32)


def _ribs(thorax: Thorax, x: Field, y: Field) -> Field:
    """Posterior arcs that fall outwards and anterior arcs that cross them, on both sides."""
    total = np.zeros((y.shape[0], x.shape[1]), np.float32)
    half = thorax_half_width(thorax) * 1.04
    for sign in (-1, 1):
        reach = np.clip(sign * x / half, 0, 1)
        wall = np.sqrt(np.maximum(0, 1 - reach**2))
        fades = (smooth(sign * x - 0.05, 0.04) * smooth(half - sign * x, 0.02)).astype(np.float32)
        falls = 0.20 * reach**1.5 - 0.05 * np.sin(np.pi * reach)
        rises = 0.52 - 0.36 * wall + 0.08 * (1 - reach)
        for shape, strength in ((falls, 0.055), (rises, 0.032)):
            low, high = float(shape.min()) - 0.03, float(shape.max()) + 0.03
            for n in range(thorax.rib_count):
                start = -0.80 + 0.165 * n + thorax.rib_phase
                span, _ = window(x, y, 0.0, start + (low + high) / 2, 2.0, (high - low) / 2)
                part = 1 - ((y[span] - (start + shape)) / 0.028) ** 2
                total[span] += strength * BONE * fades * np.sqrt(np.maximum(0, part))
    # Below the diaphragm the abdomen's scatter drowns them.
    return np.asarray(total * (1 - 0.7 * smooth(y - 0.55 * thorax.lung_height, 0.15)), np.float32)


def _clavicles(thorax: Thorax, x: Field, y: Field) -> Field:
    total = np.zeros((y.shape[0], x.shape[1]), np.float32)
    for sign in (-1, 1):
        along = np.clip((sign * x - 0.06) / 0.62, 0, 1)
        centre = -0.66 - 0.13 * along + 0.06 * np.sin(2 * np.pi * along)
        part = np.sqrt(np.maximum(0, 1 - ((y - centre) / 0.032) ** 2))
        total += 0.10 * part * smooth(sign * x - 0.06, 0.03) * smooth(0.68 - sign * x, 0.03)
    return total
