"""How unsure a model is of where a finding is."""

import numpy as np
import numpy.typing as npt

from learning.toolkit.uncertainty import entropy


def outline_entropy(probabilities: npt.NDArray[np.floating], *, threshold: float = 0.5) -> npt.NDArray[np.float64]:
    """N x F of N x F x … probabilities: mean binary entropy in bits over the pixels that would be outlined.

    Over the outlined pixels alone, since of a whole image most is surely background and would hide the rest (predictive
    entropy, as Nair et al. 2020 filter lesions by it). Where none would be outlined, the likeliest pixel's entropy.

    >>> outline_entropy(np.array([[[0.5, 1.0, 0.0, 0.0]], [[0.25, 0.0, 0.0, 0.0]]])).round(4).tolist()
    [[0.5], [0.8113]]
    """
    flat = np.asarray(probabilities, np.float64).reshape(*probabilities.shape[:2], -1)
    outlined = flat >= threshold
    count = outlined.sum(axis=2)
    mean = (entropy(flat) * outlined).sum(axis=2) / np.maximum(count, 1)
    return np.where(count > 0, mean, entropy(flat.max(axis=2)))
