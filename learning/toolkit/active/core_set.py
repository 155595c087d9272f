"""k-centre greedy: each image farthest from all that are read or chosen (Sener and Savarese 2018)."""

import numpy as np
import numpy.typing as npt

from learning.toolkit.active.pool import Matrix, PoolView, Ranking


def core_set(pool: PoolView, *, count: int, generator: np.random.Generator) -> Ranking:
    """Cover the pool: distances are Euclidean between embeddings, with the labelled images as first centres.

    Without labelled images the first choice is the image nearest to the pool's mean. Scores are the distances at
    the moment of choice, which never rise.
    """
    neutral = pool.by_key()
    embeddings = np.asarray(pool.embeddings[neutral], dtype=np.float64)
    labelled = pool.labelled_embeddings
    chosen, distances = k_centre_greedy(embeddings, labelled, count)
    has_labels = labelled is not None and len(labelled) > 0
    reasons = tuple(_reason(distance, position, has_labels) for position, distance in enumerate(distances))
    return Ranking(neutral[chosen], distances, reasons)


def k_centre_greedy(
    embeddings: Matrix, centres: Matrix | None, count: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """`count` rows of `embeddings`, each the farthest from `centres` and from those before; with the distances.

    Ties go to the lower row. One matrix-vector product per choice; squared norms are computed once.
    """
    count = min(count, len(embeddings))
    norms = np.einsum("nd,nd->n", embeddings, embeddings)
    chosen = np.empty(count, dtype=np.int64)
    reached = np.empty(count)
    if centres is not None and len(centres):
        nearest = _nearest(embeddings, norms, np.asarray(centres, dtype=np.float64))
    else:
        nearest = np.full(len(embeddings), np.inf)
    for position in range(count):
        if np.isinf(nearest).any():
            gaps = ((embeddings - embeddings.mean(axis=0)) ** 2).sum(axis=1)
            row = int(gaps.argmin())
            reached[position] = np.sqrt(((embeddings - embeddings[row]) ** 2).sum(axis=1).max())
        else:
            row = int(nearest.argmax())
            reached[position] = np.sqrt(max(nearest[row], 0.0))
        chosen[position] = row
        squared = norms + norms[row] - 2 * (embeddings @ embeddings[row])
        nearest = np.minimum(nearest, np.maximum(squared, 0.0))
        nearest[chosen[: position + 1]] = -1.0  # never twice, even among duplicates
    return chosen, np.maximum(reached, 0.0)


def _nearest(embeddings: Matrix, norms: Matrix, centres: Matrix) -> Matrix:
    """Squared distance of each row to its nearest centre, in blocks that fit the cache."""
    nearest = np.full(len(embeddings), np.inf)
    for start in range(0, len(centres), 256):
        block = centres[start : start + 256]
        squared = norms[:, None] + np.einsum("nd,nd->n", block, block) - 2 * embeddings @ block.T
        nearest = np.minimum(nearest, np.maximum(squared.min(axis=1), 0.0))
    return nearest


def _reason(distance: float, position: int, has_labels: bool) -> str:
    if position == 0 and not has_labels:
        return "the most central image, to begin with"
    return f"unlike anything read so far (distance {distance:.2f})"
