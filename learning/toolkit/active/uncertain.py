"""Queries for the images about which the model knows least; the most unsure finding decides."""

from collections.abc import Callable

import numpy as np

from learning.toolkit.active.pool import Matrix, PoolView, QueryError, Ranking, short, top
from learning.toolkit.uncertainty import aggregate, entropy, margin


def query_entropy(pool: PoolView, *, count: int, generator: np.random.Generator) -> Ranking:
    """Largest sum of the findings' entropies (Settles 2009)."""
    scores = entropy(pool.probabilities)
    ranked = aggregate(scores, "sum")
    return _ranking(pool, ranked, scores, count, _entropy_reason)


def query_margin(pool: PoolView, *, count: int, generator: np.random.Generator) -> Ranking:
    """Smallest distance of any finding from undecided."""
    scores = margin(pool.probabilities)
    return _ranking(pool, aggregate(scores, "max"), scores, count, _margin_reason)


def query_bald(pool: PoolView, *, count: int, generator: np.random.Generator) -> Ranking:
    """Largest disagreement between dropout passes (Gal et al. 2017). Raises QueryError without such passes."""
    if pool.epistemic is None:
        raise QueryError("The bald query needs predictions with dropout passes; predict with mc_passes of 10 or more.")
    return _ranking(pool, aggregate(pool.epistemic, "sum"), pool.epistemic, count, _bald_reason)


def _ranking(
    pool: PoolView, ranked: Matrix, scores: Matrix, count: int, reason: Callable[[str, float, Matrix], str]
) -> Ranking:
    order = top(pool, ranked, count)
    leading = scores[order].argmax(axis=1)
    reasons = tuple(
        reason(pool.findings[column], float(pool.probabilities[row, column]), scores[row])
        for row, column in zip(order, leading, strict=True)
    )
    return Ranking(order, np.asarray(ranked[order], dtype=np.float64), reasons)


def _margin_reason(finding: str, probability: float, scores: Matrix) -> str:
    return f"{finding} {short(probability)}: nearest to undecided"


def _entropy_reason(finding: str, probability: float, scores: Matrix) -> str:
    unsure = int((scores > 0.5).sum())
    more = f", {unsure} findings unsure" if unsure > 1 else ""
    return f"{finding} {short(probability)}: least certain{more}"


def _bald_reason(finding: str, probability: float, scores: Matrix) -> str:
    return f"{finding} {short(probability)}: the model disagrees with itself"
