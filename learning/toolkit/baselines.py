"""What a model must beat: trivial statistics of the image, and gradients with a linear classifier."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from skimage.feature import hog
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from learning.recipe_parts import InputPart
from learning.toolkit.data import DataError, Examples
from learning.toolkit.readers import cases_at_once, make_reader

Matrix = npt.NDArray[Any]
_CHUNK = 256


def trivial_statistics(images: Any, spec: InputPart) -> Matrix:
    """N x 10: mean, standard deviation and 8 histogram bins of each image as the network would see it."""
    edges = np.linspace(-2, 2, 9)
    rows = []
    for batch in _batches(images, spec):
        flat = batch.reshape(len(batch), -1)
        bins = np.stack([np.histogram(image, edges)[0] for image in flat]) / flat.shape[1]
        rows.append(np.column_stack([flat.mean(axis=1), flat.std(axis=1), bins]))
    return np.concatenate(rows)


def gradient_histograms(images: Any, spec: InputPart) -> Matrix:
    """N x D histograms of oriented gradients (Dalal and Triggs 2005): 9 directions, cells of size / 8 pixels.

    Of several planes their mean.
    """
    cell = max(4, spec.size // 8)
    describe = partial(hog, pixels_per_cell=(cell, cell), cells_per_block=(2, 2))
    return np.concatenate(
        [
            np.stack([np.mean([describe(plane) for plane in case], axis=0) for case in batch])
            for batch in _batches(images, spec)
        ]
    )


BASELINES: dict[str, Callable[[Any, InputPart], Matrix]] = {
    "trivial": trivial_statistics,
    "hog": gradient_histograms,
}


def predict_baseline(name: str, train: Examples, images: Any, spec: InputPart) -> Matrix:
    """N x F probabilities of logistic regressions on a baseline's features, trained on `train`.

    A finding without both classes in training gets its prevalence, or 0.5 if nothing is known.
    Raises DataError for an unknown baseline.
    """
    if name not in BASELINES:
        raise DataError(f"Unknown baseline {name!r}; known: {', '.join(BASELINES)}.")
    known, asked = BASELINES[name](train.images, spec), BASELINES[name](images, spec)
    columns = [_column(known, train.targets[:, i], asked) for i in range(len(train.findings))]
    return np.stack(columns, axis=1)


def _column(known: Matrix, targets: Matrix, asked: Matrix) -> Matrix:
    keep = (targets == 0) | (targets == 1)
    if len(np.unique(targets[keep])) < 2:
        return np.full(len(asked), float(targets[keep].mean()) if keep.any() else 0.5)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000, class_weight="balanced"))
    model.fit(known[keep], targets[keep])
    return np.asarray(model.predict_proba(asked)[:, 1])


def _batches(images: Any, spec: InputPart) -> list[Matrix]:
    """B x planes x size x size."""
    reader = make_reader(images, spec.model_copy(update={"channels": 1}))
    chunk = cases_at_once(spec, _CHUNK)
    made = (reader.batch(np.arange(s, min(s + chunk, len(reader)))).numpy() for s in range(0, len(reader), chunk))
    return [batch.reshape(len(batch), -1, *batch.shape[-2:]) for batch in made]
