"""Which unread images to read next. One file per query; `QUERIES` names them all."""

from learning.toolkit.active.core_set import core_set
from learning.toolkit.active.diverse import diverse_uncertain
from learning.toolkit.active.outlines import query_outline_entropy
from learning.toolkit.active.pool import PoolView, Query, QueryError, Ranking
from learning.toolkit.active.random_order import random_order
from learning.toolkit.active.uncertain import query_bald, query_entropy, query_margin

__all__ = ["QUERIES", "PoolView", "Query", "QueryError", "Ranking", "query_named"]

QUERIES: dict[str, Query] = {
    "random": random_order,
    "entropy": query_entropy,
    "margin": query_margin,
    "bald": query_bald,
    "core_set": core_set,
    "diverse_uncertain": diverse_uncertain,
    "outline_entropy": query_outline_entropy,
}


def query_named(name: str) -> Query:
    """The query of that name. Raises QueryError that lists the known ones."""
    if name not in QUERIES:
        raise QueryError(f"Unknown query {name!r}; known: {', '.join(QUERIES)}.")
    return QUERIES[name]
