"""Benign things that look like findings; they are drawn as often with a finding as without."""

from __future__ import annotations

import numpy as np

from imaging.phantoms.anatomy import Field, smooth, window
from imaging.phantoms.parameters import Distractor


def add_look_alike(thing: Distractor, density: Field, x: Field, y: Field) -> None:
    """Add its density in place. What is smaller than a pixel is spread over one, its sum unchanged."""
    pixel = float(x[0, 1] - x[0, 0])
    size = max(thing.size, 0.8 * pixel)
    reach = size * 1.6
    rows, columns = window(x, y, thing.x, thing.y, reach, reach)
    dx, dy = x[:, columns] - thing.x, y[rows] - thing.y
    c, s = np.cos(thing.angle), np.sin(thing.angle)
    across, along = c * dx - s * dy, s * dx + c * dy
    if thing.kind == "fold":
        edge = smooth(across, max(0.004, pixel / 2)) * smooth(0.15 - across, 0.15)
        density[rows, columns] += thing.density * edge * smooth(size / 2 - np.abs(along), 0.1)
        return
    if thing.kind == "scar":
        width = max(0.016, pixel / 2)
        band = np.maximum(0, 1 - (across / width) ** 2) * 0.016 / width
        density[rows, columns] += thing.density * band * smooth(size / 2 - np.abs(along), 0.04)
        return
    inside = np.maximum(0, 1 - (dx * dx + dy * dy) / size**2)
    shade = inside if thing.kind in ("nipple", "pad") else np.sqrt(inside)
    density[rows, columns] += thing.density * (thing.size / size) ** 2 * shade


def draw_look_alikes(g: np.random.Generator) -> tuple[Distractor, ...]:
    """Which of them this chest has."""
    found: list[Distractor] = []
    if g.random() < 0.5:
        y, spread = g.uniform(0.28, 0.38), g.uniform(0.36, 0.5)
        found += [Distractor("nipple", s * float(spread), float(y + g.normal(0, 0.02)), 0.035, 0.12) for s in (-1, 1)]
    for kind, often in (("granuloma", 0.7), ("fold", 0.5), ("electrode", 0.6), ("scar", 0.5)):
        found += [_one(kind, g) for _ in range(int(g.poisson(often)))]
    found += [_pad(side, g) for side in (-1, 1) if g.random() < 0.25]
    return tuple(found)


def _one(kind: str, g: np.random.Generator) -> Distractor:
    (near, far), (top, low), (small, large), (faint, dense), (turn, sway) = _RANGES[kind]
    x, y = g.choice([-1, 1]) * g.uniform(near, far), g.uniform(top, low)
    size, density = g.uniform(small, large), g.uniform(faint, dense)
    return Distractor(kind, float(x), float(y), float(size), float(density), float(turn + sway * g.uniform(-1, 1)))


def _pad(side: int, g: np.random.Generator) -> Distractor:
    """Fat in the angle between heart and diaphragm."""
    x, y = side * g.uniform(0.2, 0.32), g.uniform(0.42, 0.56)
    return Distractor("pad", float(x), float(y), float(g.uniform(0.08, 0.14)), float(g.uniform(0.06, 0.14)))


_RANGES = {
    # kind: distance from the midline, height, size, density, angle and its spread
    "granuloma": ((0.22, 0.55), (-0.5, 0.4), (0.010, 0.018), (0.3, 0.3), (0.0, 0.0)),
    "fold": ((0.25, 0.7), (-0.4, 0.3), (0.5, 0.9), (0.02, 0.05), (0.0, 0.5)),
    "electrode": ((0.0, 0.6), (-0.6, 0.2), (0.025, 0.035), (0.5, 0.5), (0.0, 0.0)),
    "scar": ((0.3, 0.6), (0.0, 0.4), (0.15, 0.35), (0.05, 0.12), (np.pi / 2, 0.4)),
}
