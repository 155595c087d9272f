"""The CT series of the same thorax: the shapes filled with Hounsfield units, slices from head to foot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.phantoms.anatomy import (
    HILUM,
    LUNG_DEPTH,
    Field,
    blobs,
    dome,
    fluid,
    free_air,
    heart_parts,
    inside_lung,
    lung_radius,
    sign_of,
    thorax_half_width,
)
from imaging.phantoms.parameters import UNIT_MM, Lesion, Thorax

AIR_HU, LUNG_HU, FAT_HU, SOFT_HU, BLOOD_HU, FLUID_HU, BONE_HU = -1000, -850, -90, 45, 55, 12, 420
_TOP, _BOTTOM = -0.85, 0.80


@dataclass(frozen=True)
class CTVolume:
    """hu: slices x rows x columns int16; masks alike per present finding.

    boxes3d: finding → (z0, y0, x0, z1, y1, x1), the last three exclusive.
    """

    hu: npt.NDArray[np.int16]
    spacing_mm: tuple[float, float, float]
    masks: dict[str, npt.NDArray[np.bool_]]
    boxes3d: dict[str, tuple[int, int, int, int, int, int]]
    labels: dict[str, int]


def render_ct(thorax: Thorax, *, shape: tuple[int, int, int] = (48, 128, 128)) -> CTVolume:
    """Voxelise: slice k lies at height y_k of the radiograph, rows go from front to back."""
    slices, rows, columns = shape
    g = np.random.default_rng([thorax.seed, thorax.index, 4])
    across, deep = np.arange(columns, dtype=np.float32) + 0.5, np.arange(rows, dtype=np.float32) + 0.5
    x = np.asarray(across / columns * 2.2 - 1.1, np.float32)[None, :]
    z = np.asarray(deep / rows * 2.2 * rows / columns - 1.1 * rows / columns, np.float32)[:, None]
    heights = np.linspace(_TOP, _BOTTOM, slices, dtype=np.float32)
    hu = np.empty(shape, np.int16)
    masks = {finding: np.zeros(shape, bool) for finding, present in thorax.labels.items() if present}
    for k, y in enumerate(heights):
        image = _slice(thorax, x, z, np.full_like(x, y), masks, k)
        image += g.normal(0, 14 * thorax.noise, image.shape).astype(np.float32)
        hu[k] = np.clip(image, -1024, 3071).astype(np.int16)
    step = (_BOTTOM - _TOP) / (slices - 1) * UNIT_MM
    pixel = 2.2 * UNIT_MM / columns
    boxes = {finding: _box(mask) for finding, mask in masks.items() if mask.any()}
    return CTVolume(hu, (step, pixel, pixel), masks, boxes, thorax.labels)


def _box(mask: npt.NDArray[np.bool_]) -> tuple[int, int, int, int, int, int]:
    ends = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    first, last = [int(e[0]) for e in ends], [int(e[-1]) + 1 for e in ends]
    return first[0], first[1], first[2], last[0], last[1], last[2]


def _slice(
    t: Thorax, x: Field, z: Field, y: Field, masks: dict[str, npt.NDArray[np.bool_]], k: int
) -> Field:
    height = float(y[0, 0])
    half = thorax_half_width(t)
    body = (x / (half * 1.16 * t.habitus**0.5)) ** 2 + (z / (LUNG_DEPTH * 1.62 * t.habitus**0.5)) ** 2
    image = np.where(body < 1, np.where(body > 0.86, FAT_HU, SOFT_HU), AIR_HU).astype(np.float32)
    _bones(t, image, x, z, height, half)
    heart = _heart(t, x, z, height)
    for sign in (-1, 1):
        # The heart displaces lung, so what a lesion's mask marks is the lesion's own voxels.
        lung = _lung(t, sign, x, z, y) & ~heart
        image[lung] = LUNG_HU
        _vessels(t, sign, image, lung, x, z, height)
        _lesions(t, sign, image, lung, x, z, y, masks, k)
    image[heart] = BLOOD_HU
    if "cardiomegaly" in masks:
        masks["cardiomegaly"][k] |= heart
    return image


def _lung(t: Thorax, sign: int, x: Field, z: Field, y: Field) -> npt.NDArray[np.bool_]:
    radius = lung_radius(t, sign, x, y)
    above = y < dome(t, sign, x) + 0.10 * np.clip(np.abs(z) / LUNG_DEPTH, 0, 1)
    return np.asarray((radius**2 + (z / LUNG_DEPTH) ** 2 < 1) & above)


def _heart(t: Thorax, x: Field, z: Field, height: float) -> npt.NDArray[np.bool_]:
    inside = np.zeros(np.broadcast_shapes(x.shape, z.shape), bool)
    for cx, cy, a, b, _ in heart_parts(t):
        inside |= ((x - cx) / a) ** 2 + ((height - cy) / b) ** 2 + ((z + 0.10) / 0.30) ** 2 < 1
    return inside


def _bones(t: Thorax, image: Field, x: Field, z: Field, height: float, half: float) -> None:
    spine = ((x - t.tilt * height) / 0.10) ** 2 + ((z - 0.55) / 0.11) ** 2 < 1
    image[spine] = BONE_HU * 0.6
    ring = (x / (half * 1.06)) ** 2 + (z / (LUNG_DEPTH * 1.22)) ** 2
    phase = np.cos(2 * np.pi * (height / 0.165 + t.rib_phase) - 2.2 * (z / LUNG_DEPTH))
    image[(ring > 0.92) & (ring < 1.08) & (phase > 0.25)] = BONE_HU


def _vessels(
    t: Thorax, sign: int, image: Field, lung: npt.NDArray[np.bool_], x: Field, z: Field, height: float
) -> None:
    g = np.random.default_rng([t.vessel_seed, sign + 1, 9])
    for _ in range(14):
        angle, lift, reach = g.uniform(-2.4, 2.4), g.uniform(-0.9, 0.9), g.uniform(0.15, 0.55)
        share = np.clip((height - HILUM[1]) / (lift or 1e-3), 0, 1)
        if not 0 < share < 1:
            continue
        cx, cz = sign * (HILUM[0] + reach * share * abs(np.cos(angle))), 0.5 * reach * share * np.sin(angle)
        radius = 0.03 * (1 - 0.7 * share)
        image[lung & ((x - cx) ** 2 + (z - cz) ** 2 < radius**2)] = BLOOD_HU


def _lesions(
    t: Thorax, sign: int, image: Field, lung: npt.NDArray[np.bool_], x: Field, z: Field, y: Field,
    masks: dict[str, npt.NDArray[np.bool_]], k: int,
) -> None:
    height = float(y[0, 0])
    for lesion in t.lesions:
        if lesion.finding == "cardiomegaly" or sign_of(lesion) != sign:
            continue
        if lesion.finding == "nodule":
            where = lung & ((x - lesion.x) ** 2 + (z - lesion.z) ** 2 + (height - lesion.y) ** 2 < lesion.extent**2)
            value = 30.0
        elif lesion.finding == "effusion":
            # Fluid lies at the back when the patient lies down.
            where = lung & (fluid(t, lesion, sign, x, y + 0.35 * (z - 0.1)) > 0.5)
            value = float(FLUID_HU)
        elif lesion.finding == "consolidation":
            where = lung & _patches(lesion, x, z, height)
            value = 20.0
        else:
            where = lung & (free_air(t, lesion, sign, x, y) > 0.5) & (inside_lung(t, sign, x, y) > 0.1)
            value = float(AIR_HU)
        image[where] = value
        masks[lesion.finding][k] |= where


def _patches(lesion: Lesion, x: Field, z: Field, height: float) -> npt.NDArray[np.bool_]:
    inside = np.zeros(np.broadcast_shapes(x.shape, z.shape), bool)
    for cx, cy, cz, radius in blobs(lesion):
        inside |= (x - cx) ** 2 + (z - cz) ** 2 + (height - cy) ** 2 < radius**2
    return inside
