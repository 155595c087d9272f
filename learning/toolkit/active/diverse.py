"""Unsure and different from each other: k-centre greedy among the most unsure images."""

import numpy as np

from learning.toolkit.active.core_set import k_centre_greedy
from learning.toolkit.active.pool import PoolView, Ranking, short, top
from learning.toolkit.uncertainty import aggregate, margin

_CANDIDATES_PER_CHOICE = 5


def diverse_uncertain(pool: PoolView, *, count: int, generator: np.random.Generator) -> Ranking:
    """Take the most unsure image, then spread the rest of the choice over the five-fold number of unsure images.

    Near copies of one undecided image are then chosen once. Scores are distances at the moment of choice.
    """
    if not len(pool) or count < 1:
        return Ranking(np.empty(0, dtype=np.int64), np.empty(0), ())
    scores = margin(pool.probabilities)
    unsure = top(pool, aggregate(scores, "max"), count * _CANDIDATES_PER_CHOICE)
    first, others = unsure[:1], unsure[1:]
    # in the order of their keys, so that ties do not depend on the order of the pool's rows
    others = others[np.argsort(np.asarray(pool.keys, dtype=str)[others], kind="stable")]
    centres = [np.asarray(pool.embeddings[first], dtype=np.float64)]
    if pool.labelled_embeddings is not None:
        centres.append(np.asarray(pool.labelled_embeddings, dtype=np.float64))
    candidates = np.asarray(pool.embeddings[others], dtype=np.float64)
    chosen, distances = k_centre_greedy(candidates, np.concatenate(centres), count - 1)
    order = np.r_[first, others[chosen]]
    distances = np.r_[distances.max(initial=0.0), distances]
    leading = scores[order].argmax(axis=1)
    reasons = tuple(
        f"{pool.findings[column]} {short(float(pool.probabilities[row, column]))}: undecided, and unlike the others"
        for row, column in zip(order, leading, strict=True)
    )
    return Ranking(order, distances, reasons)
