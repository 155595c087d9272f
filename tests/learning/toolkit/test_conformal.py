import math

import numpy as np
import pytest

from learning.toolkit.calibrate import fit_temperatures, scale
from learning.toolkit.conformal import (
    Coverage,
    coverage,
    finite_quantile,
    fit_conformal,
    prediction_sets,
    two_classes,
)
from learning.toolkit.data import DataError
from learning.toolkit.prior_shift import correct_class_priors, correct_prior, estimate_prior

ALPHA = 0.1


def three(n, rng, sharp=1.0):
    """Over-confident probabilities of three classes in shares .6, .3, .1."""
    y = rng.choice(3, n, p=[0.6, 0.3, 0.1])
    odds = 1.5 * np.eye(3)[y] + rng.normal(0, 1, (n, 3))
    odds *= 2.0 * sharp
    p = np.exp(odds - odds.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True), y


@pytest.mark.parametrize("method", ["lac", "aps"])
@pytest.mark.parametrize("by_class", [False, True])
def test_sets_hold_the_truth_as_often_as_they_say_over_200_splits(method, by_class):
    held, rare = [], []
    for split in range(200):
        rng = np.random.default_rng(split)
        p, y = three(300, rng)
        fitted = fit_conformal(p, y, alpha=ALPHA, method=method, by_class=by_class, seed=split)
        asked, truth = three(500, rng)
        told = coverage(prediction_sets(fitted, asked, seed=1000 + split), truth)
        held.append(told.covered)
        rare.append(told.by_class[2])
    # A threshold from n cases of a class covers up to 1 / (n + 1) more than it must; 30 of the rare class: 0.03.
    slack = 1 / 31 * 0.1 + 1 / 91 * 0.3 + 1 / 181 * 0.6 if by_class else 1 / 301
    assert 1 - ALPHA - 0.015 <= np.mean(held) <= 1 - ALPHA + slack + 0.015
    if by_class:
        assert 1 - ALPHA - 0.015 <= np.mean(rare) <= 1 - ALPHA + 1 / 31 + 0.015


def test_one_threshold_for_all_leaves_the_rare_class_uncovered_and_one_per_class_does_not():
    rng = np.random.default_rng(0)
    p, y = three(4000, rng)
    asked, truth = three(4000, rng)
    p[:, 2], asked[:, 2] = p[:, 2] * 0.1, asked[:, 2] * 0.1  # a network that overlooks it
    shared = coverage(prediction_sets(fit_conformal(p, y, alpha=ALPHA, by_class=False), asked), truth)
    own = coverage(prediction_sets(fit_conformal(p, y, alpha=ALPHA), asked), truth)
    assert shared.covered == pytest.approx(0.9, abs=0.015)
    assert shared.by_class[2] < 0.7
    assert own.by_class[2] == pytest.approx(0.9, abs=0.03)


def test_few_calibration_cases_widen_the_sets():
    sizes = {}
    for n in (30, 1000):
        told = []
        for split in range(60):
            rng = np.random.default_rng(split)
            p, y = three(n, rng)
            asked, truth = three(300, rng)
            told.append(coverage(prediction_sets(fit_conformal(p, y, alpha=0.05, by_class=False), asked), truth).size)
        sizes[n] = np.mean(told)
    assert sizes[30] > sizes[1000] + 0.1
    p, y = three(30, np.random.default_rng(1))
    fitted = fit_conformal(p, y, alpha=0.05)
    assert math.isinf(fitted.thresholds[2])  # three of the rare class cannot promise 95 %
    assert prediction_sets(fitted, p)[:, 2].all()


def test_quantile_by_hand():
    assert finite_quantile([3, 1, 2], 0.5) == 2.0  # ceil(4 x .5) = 2nd
    assert finite_quantile([3, 1, 2], 0.25) == 3.0
    assert finite_quantile([3, 1, 2], 0.2) == math.inf
    assert finite_quantile([], 0.5) == math.inf


def test_scores_by_hand():
    p = np.array([[0.5, 0.3, 0.2]])
    lac = fit_conformal(np.repeat(p, 9, axis=0), [0, 1, 2] * 3, alpha=0.5, by_class=False)
    assert lac.thresholds == (0.7, 0.7, 0.7)
    assert prediction_sets(lac, p).tolist() == [[True, True, False]]
    told = coverage(np.array([[True, False], [True, True], [False, False]]), [0, 1, 0])
    assert told == Coverage(3, 2 / 3, (0.5, 1.0), 1.0, 1 / 3)


@pytest.mark.parametrize(
    ("p", "y", "how", "told"),
    [
        ([[0.5, 0.5]], [2], {}, "0 to 1"), ([[0.5, 0.5]], [0.5], {}, "whole numbers"), ([0.5], [0], {}, "N x K"),
        (np.empty((0, 2)), [], {}, "not empty"), ([[0.5, 0.5]], [0], {"alpha": 1.0}, "between 0 and 1"),
        ([[0.5, 0.5]], [0], {"method": "magic"}, "known: lac, aps"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(p, y, how, told):
    with pytest.raises(DataError, match=told):
        fit_conformal(p, y, **how)


def test_temperature_keeps_the_ranking_and_never_worsens_the_likelihood():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        p, y = three(200, rng, sharp=float(rng.uniform(0.3, 3)))
        p, t = p[:, :1], (y == 0).astype(float)[:, None]
        scaled = scale(p, fit_temperatures(p, t))
        assert (np.diff(scaled[np.argsort(p[:, 0]), 0]) >= 0).all()
        assert _nll(scaled, t) <= _nll(p, t) + 1e-9


def _nll(p, t):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))


def test_prior_by_hand():
    # odds 1 trained at odds 1, deployed at odds 1/9; odds 3 trained at odds 1/4, deployed at odds 1
    assert correct_prior([[0.5]], trained=0.5, deployed=0.1)[0, 0] == pytest.approx(0.1)
    assert correct_prior([[0.75]], trained=0.2, deployed=0.5)[0, 0] == pytest.approx(12 / 13)
    one = correct_prior([[0.8, 0.3]], trained=[0.5, 0.4], deployed=[0.5, 0.4])
    assert one == pytest.approx(np.array([[0.8, 0.3]]))
    classes = correct_class_priors([[0.5, 0.3, 0.2]], trained=[1 / 3] * 3, deployed=[0.6, 0.3, 0.1])
    assert classes[0] == pytest.approx(np.array([0.3, 0.09, 0.02]) / 0.41)
    pair = correct_class_priors(two_classes([0.7]), trained=[0.5, 0.5], deployed=[0.9, 0.1])
    assert pair[0, 1] == pytest.approx(correct_prior([[0.7]], trained=0.5, deployed=0.1)[0, 0])


def balanced(n, prevalence, seed):
    """Exact posteriors under balanced classes for unit normals at 0 and 1.5, drawn at a prevalence."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < prevalence).astype(float)
    x = rng.normal(1.5 * y, 1)
    return (1 / (1 + np.exp(-(1.5 * x - 1.5**2 / 2))))[:, None], y[:, None]


def test_correction_after_balanced_training_restores_calibration_and_ranking():
    p, y = balanced(40_000, 0.05, seed=0)
    told = correct_prior(p, trained=0.5, deployed=0.05)
    assert p.mean() > 0.2
    assert told.mean() == pytest.approx(y.mean(), abs=0.005)
    assert _nll(told, y) < 0.6 * _nll(p, y)
    assert (np.argsort(p[:, 0]) == np.argsort(told[:, 0])).all()


@pytest.mark.parametrize("prevalence", [0.05, 0.3, 0.8])
def test_prevalence_is_found_without_labels(prevalence):
    p, y = balanced(20_000, prevalence, seed=1)
    assert estimate_prior(p, trained=0.5)[0] == pytest.approx(y.mean(), abs=0.02)


def test_shares_that_are_none_are_refused():
    with pytest.raises(DataError, match="prevalence must lie"):
        correct_prior([[0.5]], trained=0.0, deployed=0.5)
    with pytest.raises(DataError, match="above 0"):
        correct_class_priors([[0.5, 0.5]], trained=[1, 0], deployed=[0.5, 0.5])
    with pytest.raises(DataError, match="at least one case"):
        estimate_prior(np.empty((0, 1)), trained=0.5)
    with pytest.raises(DataError, match="0 to 1"):
        correct_prior([[1.5]], trained=0.5, deployed=0.5)
