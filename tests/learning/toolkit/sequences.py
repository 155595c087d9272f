"""Tiny volumes whose label is the order of two bright slices: a disc on one, a ring on the other."""

import numpy as np

from learning.toolkit.data import Examples

SLICES, SIDE, RADIUS = 8, 32, 5


def ordered_volumes(n: int, *, seed: int) -> Examples:
    """Label 1 where the disc's slice comes before the ring's.

    No plane through the centre meets either: they lie off the middle slice, row and column. No maximum projection
    tells them apart: a ring throws the same shadow as a disc from every side.
    """
    rng = np.random.default_rng(seed)
    volumes = rng.normal(0, 0.25, (n, SLICES, SIDE, SIDE)).astype(np.float32)
    labels = np.arange(n) % 2
    y, x = np.mgrid[:SIDE, :SIDE]
    for volume, label in zip(volumes, labels, strict=True):
        first, second = np.sort(rng.choice([0, 1, 2, 6, 7], 2, replace=False))
        disc, ring = (first, second) if label else (second, first)
        for where, hollow in ((disc, 0), (ring, RADIUS - 2)):
            row, column = rng.choice([8, 23], 2) + rng.integers(-1, 2, 2)
            distance = np.hypot(y - row, x - column)
            volume[where][(distance <= RADIUS) & (distance >= hollow)] = 2
    return Examples.of(
        volumes, labels[:, None].astype(np.float32), patients=[f"s{seed}-{i}" for i in range(n)],
        keys=[f"s{seed}-{i}" for i in range(n)], findings=("ORDER",),
    )
