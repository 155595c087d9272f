"""The control of all queries: a random order."""

import numpy as np

from learning.toolkit.active.pool import PoolView, Ranking


def random_order(pool: PoolView, *, count: int, generator: np.random.Generator) -> Ranking:
    """Images in an order that depends on the generator and the keys alone."""
    order = pool.by_key()[generator.permutation(len(pool))][:count]
    scores = 1 - np.arange(len(order)) / max(len(order), 1)
    return Ranking(order, scores, ("drawn at random, as a control",) * len(order))
