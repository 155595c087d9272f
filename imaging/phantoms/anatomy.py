"""The shapes, as functions of position that radiograph and CT share. All arrays are float32 and broadcast."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from imaging.phantoms.parameters import Lesion, Thorax

Field = npt.NDArray[np.float32]
LUNG_DEPTH = 0.46
HILUM = (0.17, -0.06)


def smooth(distance: Field, width: float) -> Field:
    """0 → 1 over about `width` around distance 0."""
    return np.asarray(0.5 + 0.5 * np.clip(distance / width, -1, 1), np.float32)


def lung_centre(chest: Thorax, sign: int) -> tuple[float, float]:
    return sign * 0.43 * chest.lung_width + 0.012 * chest.rotation_deg, -0.06


def lung_axes(chest: Thorax, sign: int) -> tuple[float, float]:
    turned = 1 + 0.012 * chest.rotation_deg * sign
    return 0.325 * chest.lung_width * turned, 0.70 * chest.lung_height


def lung_radius(chest: Thorax, sign: int, x: Field, y: Field) -> Field:
    """0 at the lung's middle, 1 at its edge: narrow at the top, full at the base."""
    cx, cy = lung_centre(chest, sign)
    a, b = lung_axes(chest, sign)
    v = (y - cy) / b
    taper = np.clip(1.0 + 0.28 * v, 0.55, 1.3)
    u = (x - cx) / (a * taper)
    # Round at the apex; at the base the walls go straight down and the diaphragm cuts, so that the angles are sharp.
    along = np.where(v < 0, np.abs(v) ** 2.4, (np.maximum(v, 0) / 1.3) ** 4)
    return np.asarray(np.sqrt((u * u) ** 1.15 + along), np.float32)


def dome(chest: Thorax, sign: int, x: Field) -> Field:
    """y of the diaphragm at x: lung above, abdomen below."""
    cx, _ = lung_centre(chest, sign)
    a, _ = lung_axes(chest, sign)
    top = chest.domes[0 if sign < 0 else 1] * chest.lung_height
    outward = sign * (x - cx) / a
    steep = np.where(outward > -0.15, 1.0, 0.45)
    return np.asarray(top + 0.16 * np.clip(outward + 0.15, -1.2, 1.4) ** 2 * steep, np.float32)


def inside_lung(chest: Thorax, sign: int, x: Field, y: Field) -> Field:
    """Share of lung at (x, y), seen from the front: 0…1 with soft edges."""
    edge = smooth(1 - lung_radius(chest, sign, x, y), 0.05)
    return np.asarray(edge * smooth(dome(chest, sign, x) - y, 0.025), np.float32)


def lung_chord(chest: Thorax, sign: int, x: Field, y: Field) -> Field:
    """Length of the ray inside the lung, in units."""
    depth = np.sqrt(np.maximum(0, 1 - lung_radius(chest, sign, x, y) ** 2))
    # Behind the dome the lung reaches lower: the chord thins out instead of ending.
    below = np.clip((dome(chest, sign, x) + 0.10 - y) / 0.14, 0, 1)
    return np.asarray(2 * LUNG_DEPTH * depth * below, np.float32)


def thorax_half_width(chest: Thorax) -> float:
    """Half the widest inner diameter of the chest, the denominator of the cardiothoracic ratio."""
    right, left = lung_centre(chest, -1)[0] - lung_axes(chest, -1)[0], lung_centre(chest, 1)[0] + lung_axes(chest, 1)[0]
    return (left - right) / 2


def heart_parts(chest: Thorax) -> list[tuple[float, float, float, float, float]]:
    """Ellipses (cx, cy, a, b, angle): ventricle and atrium; their joint width is exactly ctr × chest width."""
    width = 2 * thorax_half_width(chest) * chest.ctr
    middle = 0.012 * chest.rotation_deg
    left, right = middle + chest.heart_left * width, middle - (1 - chest.heart_left) * width
    y = chest.heart_y * chest.lung_height
    # Neither part may reach beyond the other's edge, or the heart would be wider than its ratio.
    a_left, a_right = min((left - middle) * 0.78, width / 2), (middle - right) * 0.85
    return [
        (left - a_left, y + 0.02, a_left, 0.36 + 0.18 * (chest.ctr - 0.47), 0.0),
        (right + a_right, y - 0.02, a_right, 0.34, 0.0),
        (middle + 0.02, y - 0.42, 0.13, 0.34, 0.0),
    ]


def ellipse_depth(part: tuple[float, float, float, float, float], x: Field, y: Field) -> Field:
    """sqrt(1 - r²) inside the ellipse, 0 outside."""
    cx, cy, a, b, angle = part
    c, s = np.cos(angle), np.sin(angle)
    dx, dy = x - cx, y - cy
    u, v = (c * dx + s * dy) / a, (-s * dx + c * dy) / b
    return np.asarray(np.sqrt(np.maximum(0, 1 - u * u - v * v)), np.float32)


def heart_depth(chest: Thorax, x: Field, y: Field) -> Field:
    parts = [ellipse_depth(part, x, y) for part in heart_parts(chest)]
    return np.asarray(np.maximum.reduce(parts), np.float32)


def meniscus(chest: Thorax, lesion: Lesion, sign: int, x: Field) -> Field:
    """y of the fluid's upper border: it climbs along the chest wall."""
    cx, _ = lung_centre(chest, sign)
    a, _ = lung_axes(chest, sign)
    outward = np.clip(sign * (x - cx) / a, -1.2, 1.2)
    climb = 0.10 + 0.05 * lesion.subtype
    floor = chest.domes[0 if sign < 0 else 1] * chest.lung_height + 0.16 * 1.3
    slope = 0.03 * lesion.subtype * outward
    return np.asarray(floor - lesion.extent - climb * np.clip(outward, 0, 1.2) ** 2 - slope, np.float32)


def fluid(chest: Thorax, lesion: Lesion, sign: int, x: Field, y: Field) -> Field:
    """Share of the ray's lung that is fluid at (x, y)."""
    below = smooth(y - meniscus(chest, lesion, sign, x), 0.035)
    return np.asarray(below * smooth(1.03 - lung_radius(chest, sign, x, y), 0.03), np.float32)


def blobs(lesion: Lesion) -> list[tuple[float, float, float, float]]:
    """Centres and radii (x, y, z, r) of a consolidation: one lobar mass, or scattered patches."""
    g = np.random.default_rng(lesion.texture_seed)
    count, spread, size = ((5, 0.45, 0.62), (9, 0.95, 0.36))[lesion.subtype]
    offsets = g.normal(0, spread, (count, 3)) * lesion.extent
    radii = lesion.extent * size * g.uniform(0.75, 1.25, count)
    return [
        (lesion.x + float(o[0]) * 0.8, lesion.y + float(o[1]), lesion.z + float(o[2]) * 0.6, float(r))
        for o, r in zip(offsets, radii, strict=True)
    ]


def collapsed_radius(chest: Thorax, lesion: Lesion, sign: int, x: Field, y: Field) -> Field:
    """1 at the visceral pleura of a lung that has come off the wall; below 1 is lung, above 1 is air."""
    hx, hy = sign * HILUM[0], HILUM[1] + 0.25
    keep = 1 - lesion.extent * (1.0 + 0.5 * lesion.subtype * np.clip(-(y + 0.1), 0, 1))
    return lung_radius(chest, sign, hx + (x - hx) / keep, hy + (y - hy) / keep)


def free_air(chest: Thorax, lesion: Lesion, sign: int, x: Field, y: Field) -> Field:
    """Share of free pleural air at (x, y); it rises, so the base is spared."""
    outside = smooth(collapsed_radius(chest, lesion, sign, x, y) - 1, 0.02)
    return np.asarray(outside * inside_lung(chest, sign, x, y) * smooth(0.30 - y, 0.12), np.float32)


def sign_of(lesion: Lesion) -> int:
    return -1 if lesion.side == "right" else 1


def grid(
    rows: int, columns: int, *, zoom: float = 1.0, offset: tuple[float, float] = (0.0, 0.0)
) -> tuple[Field, Field]:
    """Pixel centres in the patient's units: x of shape 1 x columns, y of shape rows x 1; pixels are square.

    `offset` is where the patient's middle lies in the field; `zoom` above 1 shows the chest larger.
    """
    x = (np.arange(columns, dtype=np.float32) + 0.5) / columns * 2 - 1
    y = (np.arange(rows, dtype=np.float32) + 0.5) / columns * 2 - rows / columns
    scale = np.float32(1 / zoom)
    across, down = (x[None, :] - np.float32(offset[0])) * scale, (y[:, None] - np.float32(offset[1])) * scale
    return np.asarray(across, np.float32), np.asarray(down, np.float32)


def window(x: Field, y: Field, cx: float, cy: float, reach_x: float, reach_y: float) -> tuple[slice, slice]:
    """Rows and columns of the grid within reach of a point."""
    columns, rows = x[0], y[:, 0]
    a, b = np.searchsorted(columns, [cx - reach_x, cx + reach_x])
    c, d = np.searchsorted(rows, [cy - reach_y, cy + reach_y])
    return slice(int(c), int(d)), slice(int(a), int(b))


def band_noise(shape: tuple[int, int], cells: int, seed: Any) -> Field:
    """Smooth noise, about -1…1, with features of 1/cells of the field."""
    g = np.random.default_rng(seed)
    coarse = g.normal(0, 1, (cells + 1, cells + 1)).astype(np.float32)
    ry = np.linspace(0, cells, shape[0], dtype=np.float32)
    rx = np.linspace(0, cells, shape[1], dtype=np.float32)
    iy, ix = np.minimum(ry.astype(int), cells - 1), np.minimum(rx.astype(int), cells - 1)
    fy, fx = (ry - iy)[:, None], (rx - ix)[None, :]
    fy, fx = fy * fy * (3 - 2 * fy), fx * fx * (3 - 2 * fx)
    top = coarse[iy][:, ix] * (1 - fx) + coarse[iy][:, ix + 1] * fx
    bottom = coarse[iy + 1][:, ix] * (1 - fx) + coarse[iy + 1][:, ix + 1] * fx
    return np.asarray(top * (1 - fy) + bottom * fy, np.float32) * 0.6
