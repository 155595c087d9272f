"""What every query sees and gives."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[Any]


class QueryError(ValueError):
    """The pool does not hold what the query needs; the message says what."""


@dataclass(frozen=True, slots=True)
class PoolView:
    """The unread images as the current model sees them.

    keys                 N names; ties are broken by them, so the order of rows does not matter.
    findings             F names for the reasons.
    probabilities        N x F, calibrated where possible.
    embeddings           N x D.
    epistemic            N x F, from dropout passes, or None.
    labelled_embeddings  L x D of the images that are read already, by the same model.
    outline_entropy      N x F, of models that outline: how unsure they are of the pixels that they would outline.
    """

    keys: tuple[str, ...]
    findings: tuple[str, ...]
    probabilities: Matrix
    embeddings: Matrix
    epistemic: Matrix | None = None
    labelled_embeddings: Matrix | None = None
    outline_entropy: Matrix | None = None

    def __post_init__(self) -> None:
        n = len(self.keys)
        if self.probabilities.shape != (n, len(self.findings)) or self.embeddings.shape[0] != n:
            raise QueryError(
                f"The pool has {n} keys and {len(self.findings)} findings, but probabilities of shape "
                f"{self.probabilities.shape} and embeddings of shape {self.embeddings.shape}."
            )
        if not (np.isfinite(self.probabilities).all() and np.isfinite(self.embeddings).all()):
            raise QueryError("Probabilities and embeddings of the pool must be numbers.")
        if len(set(self.keys)) != n:
            raise QueryError("Two images of the pool have the same key.")

    def __len__(self) -> int:
        return len(self.keys)

    def by_key(self) -> npt.NDArray[np.int64]:
        """Rows in the order of their keys: the neutral order from which every query starts."""
        return np.asarray(np.argsort(np.asarray(self.keys, dtype=str), kind="stable"), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows of the pool, the one to read first at the front.

    scores   one per entry of `order`, never rising.
    reasons  one per entry, a fragment such as 'EFF .52: nearest to undecided'.
    """

    order: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]
    reasons: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.order)


class Query(Protocol):
    """Rank `count` images (or all, if there are fewer) of the pool."""

    def __call__(self, pool: PoolView, *, count: int, generator: np.random.Generator) -> Ranking: ...


def top(pool: PoolView, scores: Matrix, count: int) -> npt.NDArray[np.int64]:
    """The `count` rows with the largest scores, ties by key."""
    neutral = pool.by_key()
    return neutral[np.argsort(-scores[neutral], kind="stable")][:count]


def short(probability: float) -> str:
    """A probability for a reason: .52, never 0 or 1 unless it is.

    >>> short(0.516), short(0.999), short(0.0)
    ('.52', '>.99', '0')
    """
    if probability in (0, 1):
        return str(int(probability))
    if probability < 0.005:
        return "<.01"
    return ">.99" if probability >= 0.995 else f"{probability:.2f}".removeprefix("0")
