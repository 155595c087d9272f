"""Numbers of cases against published values and against simulated experiments."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, rankdata

from learning.toolkit.planner import Expectation, PlanError, cases_needed, difference_error, power


def hanley_mcneil_variance(area: float, n_positive: int, n_negative: int) -> float:
    """Hanley and McNeil 1982, equation 2: an exponential approximation."""
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    return (
        area * (1 - area) + (n_positive - 1) * (q1 - area**2) + (n_negative - 1) * (q2 - area**2)
    ) / (n_positive * n_negative)


@pytest.mark.parametrize("area", [0.7, 0.8, 0.9])
@pytest.mark.parametrize("n", [100, 400])
def test_the_variance_of_independent_areas_is_hanley_and_mcneils_where_classes_are_even(area: float, n: int) -> None:
    """With uneven classes their exponential scores are skewed and ours are not; the simulation below decides there."""
    other = area + 0.001
    error = difference_error(Expectation(area, other, 0.5, 0.0), cases=n)
    told = sum(hanley_mcneil_variance(a, n // 2, n // 2) for a in (area, other))
    assert error == pytest.approx(math.sqrt(told), rel=0.09)


def simulated_power(expected: Expectation, cases: int, *, experiments: int = 600, seed: int = 0) -> float:
    """Share of simulated experiments in which DeLong's paired test finds the difference."""
    rng = np.random.default_rng(seed)
    m = round(cases * expected.prevalence)
    found = 0
    r = expected.correlation
    shifts = math.sqrt(2) * norm.ppf([expected.control, expected.strategy])
    for _ in range(experiments):
        shared, own = rng.normal(size=(cases, 1)), rng.normal(size=(cases, 2))
        scores = math.sqrt(r) * shared + math.sqrt(1 - r) * own
        scores[:m] += shifts
        found += _delong_p(scores, m) < expected.alpha
    return found / experiments


def _delong_p(scores: Any, m: int) -> float:
    n = len(scores) - m
    ranks = rankdata(scores, axis=0)
    over_n = (ranks[:m] - rankdata(scores[:m], axis=0)) / n
    over_m = 1 - (ranks[m:] - rankdata(scores[m:], axis=0)) / m
    gap = over_n.mean(axis=0)
    variance = np.var(over_n[:, 1] - over_n[:, 0], ddof=1) / m + np.var(over_m[:, 1] - over_m[:, 0], ddof=1) / n
    return float(2 * norm.sf(abs(gap[1] - gap[0]) / math.sqrt(variance)))


@pytest.mark.parametrize(
    ("expected", "cases"),
    [
        (Expectation(0.75, 0.85, 0.5, 0.5), 150),
        (Expectation(0.70, 0.80, 0.2, 0.6), 300),
        (Expectation(0.80, 0.88, 0.3, 0.8), 160),
        (Expectation(0.65, 0.72, 0.4, 0.0), 400),
    ],
)
def test_the_power_is_that_of_simulated_experiments_within_a_tenth(expected: Expectation, cases: int) -> None:
    told = power(expected, cases=cases)
    assert 0.3 < told < 0.98, "a power at either end would test nothing"
    assert simulated_power(expected, cases) == pytest.approx(told, rel=0.10)


def test_a_number_of_cases_is_the_fewest_with_that_power() -> None:
    expected = Expectation(0.75, 0.80, 0.25, 0.6)
    n = cases_needed(expected, wanted=0.8)
    assert power(expected, cases=n) >= 0.8 > power(expected, cases=n - 8)


@pytest.mark.parametrize(
    ("easier", "harder"),
    [
        (Expectation(0.75, 0.85, 0.3), Expectation(0.75, 0.80, 0.3)),
        (Expectation(0.75, 0.80, 0.5), Expectation(0.75, 0.80, 0.05)),
        (Expectation(0.75, 0.80, 0.3, 0.9), Expectation(0.75, 0.80, 0.3, 0.1)),
    ],
)
def test_a_smaller_gap_a_rarer_finding_and_less_alike_models_need_more_cases(
    easier: Expectation, harder: Expectation
) -> None:
    assert cases_needed(harder) > cases_needed(easier)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"control": 0.4}, "from 0.5 to below 1"), ({"strategy": 1.0}, "from 0.5 to below 1"),
        ({"strategy": 0.75}, "equal AUROCs"), ({"prevalence": 0.0}, "share of cases"),
        ({"correlation": 1.0}, "correlation"), ({"alpha": 0.0}, "alpha"),
    ],
)
def test_what_cannot_be_planned_says_why(wrong: dict[str, float], told: str) -> None:
    with pytest.raises(PlanError, match=told):
        Expectation(**({"control": 0.75, "strategy": 0.8, "prevalence": 0.2} | wrong))


def test_a_difference_too_small_for_any_study_is_refused() -> None:
    with pytest.raises(PlanError, match="more than a million"):
        cases_needed(Expectation(0.75, 0.7501, 0.01))
