"""How many cases it takes to see a difference between two models on the same cases.

Variance of the area under the ROC curve and covariance of two of them from the binormal model (Obuchowski and McClish
1997; the same quantities as Hanley and McNeil 1983, without their exponential approximation): case scores of each model
are normal within a class with equal spread, and the two models' scores of a case are correlated.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import multivariate_normal, norm

MOST_CASES = 1_000_000


class PlanError(ValueError):
    """The plan cannot be made; the message says which number and why."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected: AUROCs of control and strategy, share of cases with the finding, how alike the models score.

    correlation  of the two models' scores among cases of the same class, below 1.
    alpha        two-sided; 0.05 is an interval of 95 %.
    """

    control: float
    strategy: float
    prevalence: float
    correlation: float = 0.6
    alpha: float = 0.05

    def __post_init__(self) -> None:
        for name in ("control", "strategy"):
            if not 0.5 <= getattr(self, name) < 1:
                raise PlanError(f"An expected AUROC lies from 0.5 to below 1; {getattr(self, name):g} does not.")
        if self.control == self.strategy:
            raise PlanError("Expect a difference: with equal AUROCs no number of cases shows one.")
        if not 0 < self.prevalence < 1:
            raise PlanError(f"The share of cases with the finding lies between 0 and 1; {self.prevalence:g} does not.")
        if not 0 <= self.correlation < 1:
            raise PlanError(f"The correlation lies from 0 to below 1; {self.correlation:g} does not.")
        if not 0 < self.alpha < 1:
            raise PlanError(f"alpha lies between 0 and 1; {self.alpha:g} does not.")


def difference_error(expected: Expectation, *, cases: int) -> float:
    """Standard error of the difference of the two AUROCs on this many cases.

    Raises PlanError when one class would be empty.
    """
    n_positive = round(cases * expected.prevalence)
    n_negative = cases - n_positive
    if n_positive < 1 or n_negative < 1:
        raise PlanError(f"{cases} cases at a share of {expected.prevalence:g} leave a class empty.")
    one, other = expected.control, expected.strategy
    variance = sum(
        sign * _covariance(a, b, r, n_positive, n_negative)
        for sign, a, b, r in ((1, one, one, 1.0), (1, other, other, 1.0), (-2, one, other, expected.correlation))
    )
    return math.sqrt(max(variance, 0.0))


def power(expected: Expectation, *, cases: int) -> float:
    """Chance that the interval of the difference leaves out 0 on the expected side.

    >>> round(power(Expectation(0.75, 0.85, 0.3, 0.5), cases=400), 2) > 0.9
    True
    """
    error = difference_error(expected, cases=cases)
    gap = abs(expected.strategy - expected.control)
    return 1.0 if error == 0 else float(norm.cdf(gap / error - norm.isf(expected.alpha / 2)))


def cases_needed(expected: Expectation, *, wanted: float = 0.8) -> int:
    """Fewest cases with this power, both classes together. Raises PlanError beyond a million."""
    if not 0 < wanted < 1:
        raise PlanError(f"The power lies between 0 and 1; {wanted:g} does not.")
    low = least = math.ceil(1 / min(expected.prevalence, 1 - expected.prevalence)) + 1
    high = least
    while power(expected, cases=high) < wanted:
        low, high = high, 2 * high
        if high > MOST_CASES:
            raise PlanError("It would take more than a million cases. Expect a larger difference, or ask otherwise.")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(expected, cases=middle) >= wanted else (middle, high)
    return high


def power_curve(expected: Expectation, cases: Sequence[int]) -> list[tuple[int, float]]:
    """Power at each number of cases that has both classes."""
    found = []
    for n in cases:
        try:
            found.append((int(n), power(expected, cases=int(n))))
        except PlanError:
            continue
    return found


def _covariance(a: float, b: float, correlation: float, n_positive: int, n_negative: int) -> float:
    """Of two AUROCs on the same cases; of one with itself when they are equal and the correlation is 1.

    Pairs of a positive and a negative case enter twice: pairs that share the positive case, pairs that share the
    negative one, and the pair with itself.
    """
    shared_one = _both_above(a, b, correlation / 2) - a * b
    shared_pair = _both_above(a, b, correlation) - a * b
    return ((n_positive + n_negative - 2) * shared_one + shared_pair) / (n_positive * n_negative)


def _both_above(a: float, b: float, correlation: float) -> float:
    """P(both models order their pair rightly) when the two differences of scores are this correlated."""
    if correlation >= 1:
        return min(a, b)
    bounds = np.array([norm.ppf(a), norm.ppf(b)])
    return float(multivariate_normal.cdf(bounds, cov=[[1.0, correlation], [correlation, 1.0]]))
