"""Tiny images in which a bright or a dark square is the finding."""

import numpy as np

from learning.recipe import Recipe, load_recipe
from learning.toolkit.data import Examples

FINDINGS = ("BRIGHT", "DARK")


def squares(n: int, *, seed: int, size: int = 32, prefix: str = "", missing: float = 0.1) -> Examples:
    """n noisy images, two of each patient; each square is 8 px wide and lies anywhere."""
    rng = np.random.default_rng(seed)
    images = rng.normal(0, 1, (n, size, size)).astype(np.float32)
    targets = (rng.random((n, 2)) < 0.4).astype(np.float32)
    for row, column in zip(*np.nonzero(targets), strict=True):
        y, x = rng.integers(0, size - 8, 2)
        images[row, y : y + 8, x : x + 8] += 2.0 if column == 0 else -2.0
    targets[rng.random(targets.shape) < missing] = np.nan
    return Examples.of(
        images,
        targets,
        patients=[f"{prefix}p{i // 2}" for i in range(n)],
        keys=[f"{prefix}k{i}" for i in range(n)],
        findings=FINDINGS,
    )


def tiny_recipe(**sections: object) -> Recipe:
    """Three epochs of 32 px images."""
    data: dict[str, object] = {"input": {"size": 32}, "optimiser": {"max_epochs": 3, "batch_size": 16, "patience": 0}}
    for name, value in sections.items():
        before = data.get(name, {})
        data[name] = {**before, **value} if isinstance(value, dict) and isinstance(before, dict) else value
    return load_recipe(data)
