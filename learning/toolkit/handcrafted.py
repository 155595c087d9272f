"""Features that are computed, not learned: the baseline that a network must beat. All by scikit-image and SciPy.

Each takes one grey image on the readers' scale (about -2 to 2) and gives a vector whose length depends on the side of
the image alone.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy import stats
from skimage.feature import graycomatrix, graycoprops, hog, local_binary_pattern

Image = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float64]

LOW, HIGH = -2.0, 2.0
"""The readers' scale of brightness 0 to 1."""
_BINS = 32
_PERCENTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)
_LEVELS = 32
_DISTANCES = (1, 2, 4)
_ANGLES = (0.0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)
_TEXTURES = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation", "ASM")
_RADII = (1, 2, 3)
_NEIGHBOURS = 8
_PATTERNS = _NEIGHBOURS + 2


def histogram(image: Image) -> Vector:
    """Mean, standard deviation and 32 bins of brightness: what a picture's greys alone tell (ref 10's trivial arm)."""
    counts = np.histogram(image, np.linspace(LOW, HIGH, _BINS + 1))[0] / image.size
    return np.concatenate([[image.mean(), image.std()], counts])


def oriented_gradients(image: Image) -> Vector:
    """Histograms of oriented gradients (Dalal and Triggs 2005): 9 directions, 8 x 8 cells, blocks of 2 x 2."""
    cell = max(4, image.shape[0] // 8)
    return np.asarray(hog(image, pixels_per_cell=(cell, cell), cells_per_block=(2, 2)))


def local_patterns(image: Image) -> Vector:
    """Uniform local binary patterns (Ojala et al. 2002) of radius 1 to 3, counted in a 4 x 4 grid of the image."""
    grey = np.round((np.clip(image, LOW, HIGH) - LOW) / (HIGH - LOW) * 255).astype(np.uint8)
    found = []
    for radius in _RADII:
        codes = _binary_patterns(grey, radius)
        for rows in np.array_split(codes, 4, axis=0):
            for part in np.array_split(rows, 4, axis=1):
                found.append(np.bincount(part.ravel(), minlength=_PATTERNS) / part.size)
    return np.concatenate(found)


def radiomics(image: Image) -> Vector:
    """First-order figures and grey-level co-occurrence textures of the image, as IBSI defines them (Zwanenburg 2020).

    20 first-order: mean, standard deviation, skewness, kurtosis, energy, root mean square, mean and robust mean
    absolute deviation, range, entropy and uniformity of 32 levels, 9 percentiles.
    36 textures: contrast, dissimilarity, homogeneity, energy, correlation and ASM (angular second moment) at distances
    1, 2 and 4, each as mean and range over four directions. Shape and run-length figures are left out: there is no
    outlined lesion to measure.
    """
    values = image.ravel().astype(np.float64)
    levels = np.round((np.clip(image, LOW, HIGH) - LOW) / (HIGH - LOW) * (_LEVELS - 1)).astype(np.uint8)
    return np.concatenate([_first_order(values, levels), _textures(levels)])


def _first_order(values: Vector, levels: npt.NDArray[np.uint8]) -> Vector:
    percentiles = np.percentile(values, _PERCENTILES)
    inner = values[(values >= percentiles[2]) & (values <= percentiles[6])]
    shares = np.bincount(levels.ravel(), minlength=_LEVELS) / levels.size
    spread = values.std()
    flat = spread < 1e-8  # a constant image has neither skewness nor kurtosis
    return np.asarray(
        [
            values.mean(), spread,
            0.0 if flat else stats.skew(values), 0.0 if flat else stats.kurtosis(values),
            float(np.mean(values**2)), float(np.sqrt(np.mean(values**2))),
            float(np.abs(values - values.mean()).mean()), float(np.abs(inner - inner.mean()).mean()),
            np.ptp(values), -float(np.sum(shares[shares > 0] * np.log2(shares[shares > 0]))),
            float(np.sum(shares**2)), *percentiles,
        ]
    )


def _textures(levels: npt.NDArray[np.uint8]) -> Vector:
    table = _co_occurrence(levels)
    found = []
    for name in _TEXTURES:
        by_direction = _texture(table, name)
        found += [by_direction.mean(axis=1), np.ptp(by_direction, axis=1)]
    return np.concatenate(found)


# scikit-image has no types
_co_occurrence: Callable[..., Vector] = partial(
    graycomatrix, distances=_DISTANCES, angles=_ANGLES, levels=_LEVELS, symmetric=True, normed=True
)
_texture: Callable[..., Vector] = graycoprops


def _binary_patterns(grey: npt.NDArray[np.uint8], radius: int) -> npt.NDArray[np.int64]:
    patterns: Callable[..., Vector] = local_binary_pattern
    return patterns(grey, _NEIGHBOURS, radius, method="uniform").astype(np.int64)


FEATURES: dict[str, Callable[[Image], Vector]] = {
    "histogram": histogram,
    "hog": oriented_gradients,
    "lbp": local_patterns,
    "radiomics": radiomics,
}
