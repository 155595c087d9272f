"""The images on whose outlines a segmentation model is least sure."""

import numpy as np

from learning.toolkit.active.pool import PoolView, QueryError, Ranking, short, top
from learning.toolkit.uncertainty import aggregate


def query_outline_entropy(pool: PoolView, *, count: int, generator: np.random.Generator) -> Ranking:
    """Largest mean entropy over the pixels that would be outlined; the least sure finding decides.

    See `segment.uncertainty`. Raises QueryError for a pool of a model that outlines nothing.
    """
    scores = pool.outline_entropy
    if scores is None:
        raise QueryError("The outline_entropy query needs a segmentation model's predictions; use entropy or margin.")
    ranked = aggregate(scores, "max")
    order = top(pool, ranked, count)
    leading = scores[order].argmax(axis=1)
    reasons = tuple(
        f"outline of {pool.findings[column]} {short(float(scores[row, column]))}: least certain"
        for row, column in zip(order, leading, strict=True)
    )
    return Ranking(order, np.asarray(ranked[order], dtype=np.float64), reasons)
