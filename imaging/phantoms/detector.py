"""Detector and processing: blur, noise, and the unit's tone curve."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from imaging.phantoms.anatomy import Field
from imaging.phantoms.parameters import Thorax

REFERENCE = 512
"""Columns at which `blur` (in pixels) and the noise's strength are meant; other sizes see the same chest."""
COARSE = 64
_LEVELS = np.linspace(0, 1, 257, dtype=np.float32)


def develop(density: Field, thorax: Thorax) -> npt.NDArray[np.uint16]:
    """12-bit values in 16.

    The tone curve gives every image a histogram drawn from the site's distribution, whatever is in it, as a digital
    unit's automatic processing does; so no statistic of grey values alone tells a finding.
    """
    scale = density.shape[1] / REFERENCE
    image = density
    if thorax.blur * scale > 0.2:
        image = np.asarray(ndimage.gaussian_filter(density, thorax.blur * scale, truncate=2.5), np.float32)
    image = image * thorax.exposure + _noise(image, thorax, scale)
    return _toned(np.asarray(image, np.float32), thorax.tone)


def _noise(image: Field, thorax: Thorax, scale: float) -> Field:
    """Quantum noise, stronger where less gets through. Pixels of any size average the same quanta: finer images are not
    noisier per area, coarser ones are smoother."""
    g = np.random.default_rng([thorax.seed, thorax.index, 3])
    noise = g.standard_normal(image.shape, dtype=np.float32) * scale
    if scale > 1:
        # The scintillator spreads light: this width brings the pixel's deviation back to that at the reference size.
        noise = np.asarray(ndimage.gaussian_filter(noise, scale / (2 * np.sqrt(np.pi)), truncate=3), np.float32)
    return np.asarray(0.03 * thorax.noise * (0.5 + 0.5 * np.clip(image, 0, 2)) * noise, np.float32)


def _toned(image: Field, tone: tuple[float, float, float]) -> npt.NDArray[np.uint16]:
    """The grey values whose averages over COARSE pixels have the tone's quantiles, whatever the image shows.

    So the histogram is the site's at the size at which networks see it, and the noise of flat regions is not stretched.
    """
    levels = 2**16 if image.size > 2**17 else 2**13
    low, high = float(image.min()), float(image.max())
    places = ((image - low) * ((levels - 1) / max(high - low, 1e-6))).astype(np.int32)
    wanted = 150 + 3700 * _quantile(tone)
    table = np.linspace(0, 1, levels, dtype=np.float32)
    for _ in range(1 if image.shape[1] <= COARSE else 3):
        # The average of mapped values is not the mapped average: look again at what the curve made.
        table = _matched(table, np.sort(_averaged(table[places]), axis=None), wanted)
    return np.asarray(table.astype(np.uint16)[places])


def _matched(table: Field, coarse: Field, wanted: Field) -> Field:
    """The table followed by the rising curve that gives the sorted averages the wanted quantiles."""
    knots = np.concatenate([[table[0] - 1e-6], coarse[:: max(1, coarse.size // 1024)], [coarse[-1], table[-1] + 1e-6]])
    ranks = np.concatenate([[0], 0.01 + 0.98 * np.linspace(0, 1, len(knots) - 3), [0.99, 1]])
    return np.asarray(np.interp(np.interp(table, knots, ranks), _LEVELS, wanted), np.float32)


def _averaged(image: Field) -> Field:
    """Means of square blocks, about COARSE of them side by side."""
    step = max(1, image.shape[1] // COARSE)
    rows, columns = image.shape[0] // step, image.shape[1] // step
    blocks = image[: rows * step, : columns * step].reshape(rows, step, columns, step)
    return np.asarray(blocks.mean(axis=(1, 3)), np.float32)


def _quantile(tone: tuple[float, float, float]) -> Field:
    """Grey value, 0…1, at each rank of _LEVELS."""
    a, b, c = tone
    curve = _LEVELS + 0.10 * np.sin(2 * np.pi * _LEVELS) * (1 + a) + (0.25 * b) * _LEVELS * (1 - _LEVELS)
    curve = np.maximum.accumulate(curve + 0.05 * a * np.sin(3 * np.pi * _LEVELS))
    curve = (curve - curve[0]) / (curve[-1] - curve[0])
    return np.asarray(curve ** np.exp(c + 0.5 * b), np.float32)
