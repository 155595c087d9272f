"""Many small radiographs as one array: the fast path for experiments."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from imaging.phantoms.parameters import FINDINGS
from imaging.phantoms.radiograph import render_radiograph
from imaging.phantoms.sampling import sample_thorax

Batch = tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]


def image_batch(
    *, seed: int, start: int, count: int, size: int = 64, prevalence: Mapping[str, float] | None = None,
    workers: int = 1, blank: bool = False,
) -> Batch:
    """N x size x size uint16 images and N x 5 labels of thoraxes start … start + count - 1.

    `blank` renders the same chests without their lesions, labels unchanged: whatever still predicts them is a leak.
    """
    make = partial(_part, seed=seed, size=size, prevalence=dict(prevalence or {}), blank=blank)
    cuts = np.linspace(start, start + count, workers * 4 + 1 if workers > 1 else 2).astype(int)
    spans = [(int(a), int(b)) for a, b in pairwise(cuts) if b > a]
    if workers > 1:
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork")) as pool:
            parts = list(pool.map(make, spans))
    else:
        parts = [make(span) for span in spans]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _part(span: tuple[int, int], *, seed: int, size: int, prevalence: dict[str, float], blank: bool) -> Batch:
    images = np.empty((span[1] - span[0], size, size), np.uint16)
    labels = np.empty((len(images), len(FINDINGS)), np.uint8)
    for n, index in enumerate(range(*span)):
        thorax = sample_thorax(seed=seed, index=index, prevalence=prevalence)
        labels[n] = [thorax.labels[f] for f in FINDINGS]
        images[n] = render_radiograph(thorax.without_lesions() if blank else thorax, rows=size, columns=size).pixels
    return images, labels
