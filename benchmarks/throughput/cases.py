"""Phantoms and a recipe small enough that loading and altering images matters."""

from __future__ import annotations

import numpy as np
import torch

from imaging.phantoms import FINDINGS
from imaging.phantoms.batch import image_batch
from learning.recipe import Recipe, load_recipe
from learning.toolkit.data import Examples
from learning.toolkit.readers import make_reader

SIZE, BATCH, IMAGES = 64, 32, 512


def recipe_of(steps: int) -> Recipe:
    """small_cnn at 64 px, limited augmentation, no validation."""
    return load_recipe({
        "input": {"size": SIZE}, "augmentation": {"kind": "limited"}, "precision": "fp32",
        "optimiser": {"max_steps": steps, "patience": 0, "batch_size": BATCH, "keep": "last"},
    })


def examples(count: int = IMAGES) -> Examples:
    """Phantom radiographs as stored: 16-bit integers."""
    images, labels = image_batch(seed=5, start=0, count=count, size=SIZE)
    names = [str(n) for n in range(count)]
    return Examples.of(images, labels.astype(np.float32), patients=names, keys=names, findings=FINDINGS)


def in_memory(made: Examples) -> torch.Tensor:
    """N x 1 x H x W floats, ready for the network: what a bare loop would hold."""
    reader = make_reader(made.images, recipe_of(1).input)
    return torch.cat([reader.batch(np.arange(s, min(s + 64, len(made)))) for s in range(0, len(made), 64)])
