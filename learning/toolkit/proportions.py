"""Intervals of shares where drawing cases anew says nothing: all hits or none give the same share in every draw."""

from scipy.stats import beta

from learning.toolkit.bootstrap import Estimate

LEVEL = 0.95


def exact_interval(share: float, n: int) -> tuple[float, float]:
    """Exact 95 % interval of a share of n independent cases (Clopper and Pearson 1934).

    share  may stand for a fraction of a case, where it is a mean.

    >>> [round(bound, 3) for bound in exact_interval(1.0, 7)]
    [0.59, 1.0]
    """
    hits, tail = share * n, (1 - LEVEL) / 2
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return low, high


def at_the_edge(found: Estimate | None, n: int) -> Estimate | None:
    """A share of 0 or 1 whose bootstrap interval has no width gets the exact one; any other stays as it is.

    n  independent cases: patients of the class. For an AUROC, of the rarer class: patients can be paired that often,
       each pair is ordered rightly with the probability that the AUROC is, so all of them with at most its n-th power.
    """
    if found is None or not is_without_width(found) or found.value not in (0.0, 1.0):
        return found
    return Estimate(found.value, *exact_interval(found.value, n))


def is_without_width(found: Estimate) -> bool:
    return found.low is not None and found.low == found.high
