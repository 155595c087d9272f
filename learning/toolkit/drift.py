"""Are new images still like those a model was made for? Two-sample tests with a named threshold."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist
from scipy.stats import ks_2samp
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from learning.toolkit.data import DataError
from learning.toolkit.multiplicity import holm
from learning.toolkit.ranks import auroc

DRIFT_P, DRIFT_AUROC = 0.01, 0.65
"""Drift: chance explains the difference with less than this probability, and a classifier tells old from new at least
this well. Both, because with many images a difference that does not matter is found too."""
LEAST_IMAGES, MOST_IMAGES = 20, 400
STATISTICS = ("mean", "standard deviation", *(f"share of brightness {k + 1} of 8" for k in range(8)))


@dataclass(frozen=True, slots=True)
class Drift:
    """p_value: maximum mean discrepancy of the embeddings, by permutation. separable: AUROC of old against new.

    moved  brightness statistics that changed (Kolmogorov-Smirnov, Holm), with both means.
    """

    n_before: int
    n_after: int
    p_value: float
    separable: float
    is_drift: bool
    moved: tuple[tuple[str, float, float], ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self) | {"sentence": self.sentence}

    @property
    def sentence(self) -> str:
        """For the page."""
        told = (
            f"{self.n_after} new images against {self.n_before} that the model was made for: p = {self.p_value:.3f}, "
            f"told apart with AUROC {self.separable:.2f}"
        )
        names = ", ".join(name for name, _, _ in self.moved)
        moved = f" Brightness differs in: {names}." if names else ""
        if self.is_drift:
            return f"{told}: the new images differ; check figures on them before trusting the model.{moved}"
        return f"{told}: no drift by the threshold (p < {DRIFT_P:g} and AUROC of at least {DRIFT_AUROC:g}).{moved}"


def drift(
    before: npt.ArrayLike, after: npt.ArrayLike, *, statistics: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    permutations: int = 400, seed: int = 0,
) -> Drift:
    """Compare N x D embeddings of images the model was made for with M x D of new ones, an image per patient.

    statistics  N x 10 and M x 10 of `baselines.trivial_statistics`, to say what changed.

    At most 400 images of each side are drawn. Raises DataError with fewer than 20 on a side, or other widths.
    """
    rng = np.random.default_rng(seed)
    sides = [_drawn(np.asarray(side, dtype=np.float64), rng) for side in (before, after)]
    if sides[0].shape[1] != sides[1].shape[1]:
        raise DataError("Embeddings have different widths: they come from different networks.")
    both = StandardScaler().fit_transform(np.concatenate(sides))
    is_new = np.r_[np.zeros(len(sides[0])), np.ones(len(sides[1]))]
    p_value = _mmd_p(both, is_new == 1, permutations, rng)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500, class_weight="balanced"))
    scores = cross_val_predict(model, both, is_new, cv=5, method="decision_function")
    separable = auroc(np.asarray(scores), is_new)
    assert separable is not None
    return Drift(
        len(sides[0]), len(sides[1]), p_value, separable, p_value < DRIFT_P and separable >= DRIFT_AUROC,
        () if statistics is None else _moved(*statistics),
    )


def _drawn(side: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    if side.ndim != 2 or len(side) < LEAST_IMAGES:
        raise DataError(f"A drift check needs at least {LEAST_IMAGES} images on each side; one has {len(side)}.")
    rows = rng.permutation(len(side))[:MOST_IMAGES]
    return side[np.sort(rows)]


def _mmd_p(both: npt.NDArray[np.float64], is_new: npt.NDArray[np.bool_], permutations: int, rng: Any) -> float:
    """Permutation p-value of the squared maximum mean discrepancy (Gretton et al. 2012), median bandwidth."""
    distances = cdist(both, both, "sqeuclidean")
    apart = distances[distances > 0]
    kernel = np.exp(-distances / (float(np.median(apart)) if len(apart) else 1.0))
    signs = np.stack([is_new, *(rng.permutation(is_new) for _ in range(permutations))])
    share = np.where(signs, 1 / is_new.sum(), -1 / (~is_new).sum())
    values = np.einsum("pi,pi->p", share @ kernel, share)
    return float((1 + (values[1:] >= values[0] - 1e-15).sum()) / (1 + permutations))


def _moved(before: npt.ArrayLike, after: npt.ArrayLike) -> tuple[tuple[str, float, float], ...]:
    old, new = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    values = [float(ks_2samp(old[:, k], new[:, k]).pvalue) for k in range(old.shape[1])]
    return tuple(
        (name, float(old[:, k].mean()), float(new[:, k].mean()))
        for k, (name, p) in enumerate(zip(STATISTICS, holm(values), strict=True)) if p < DRIFT_P
    )


def one_per_patient(patients: Sequence[str]) -> list[int]:
    """First row of every patient: images of one patient are no independent sample.

    >>> one_per_patient(["a", "a", "b"])
    [0, 2]
    """
    first: dict[str, int] = {}
    for row, patient in enumerate(patients):
        first.setdefault(patient, row)
    return list(first.values())
