"""Probabilities learned under one prevalence, corrected to another (Elkan 2001; Saerens et al. 2002).

Oversampling, class weights and balanced draws train a network as if a finding were more common than it is. By Bayes'
rule its odds are too high by the ratio of the odds of both prevalences; the ranking of cases is untouched.
"""

import numpy as np
import numpy.typing as npt

from learning.toolkit.data import DataError

Table = npt.NDArray[np.float64]
_EDGE = 1e-6


def correct_prior(probabilities: npt.ArrayLike, *, trained: npt.ArrayLike, deployed: npt.ArrayLike) -> Table:
    """N x F probabilities of presence, each finding on its own.

    trained   share of positives that the loss saw (0.5 after inverse-prevalence weights), a number or one per finding.
    deployed  share of positives where the model is used.

    >>> correct_prior([[0.5]], trained=0.5, deployed=0.1).round(6).tolist()
    [[0.1]]

    Raises DataError for a share that is not between 0 and 1.
    """
    p = _inside(probabilities)
    ratio = _odds(deployed) / _odds(trained)
    return np.asarray(p * ratio / (p * ratio + 1 - p))


def correct_class_priors(probabilities: npt.ArrayLike, *, trained: npt.ArrayLike, deployed: npt.ArrayLike) -> Table:
    """N x K probabilities of exclusive classes (rows sum to 1); `trained` and `deployed` are K shares each.

    >>> correct_class_priors([[0.5, 0.5]], trained=[0.5, 0.5], deployed=[0.9, 0.1]).round(6).tolist()
    [[0.9, 0.1]]

    Raises DataError for a share that is not above 0.
    """
    before, after = (np.asarray(shares, dtype=np.float64) for shares in (trained, deployed))
    if (before <= 0).any() or (after < 0).any():
        raise DataError("The share of every class must be above 0 in training, and at least 0 where it is used.")
    odds = np.asarray(probabilities, dtype=np.float64) * after / before
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def estimate_prior(probabilities: npt.ArrayLike, *, trained: npt.ArrayLike, most: int = 1000) -> Table:
    """F prevalences of unlabelled cases from calibrated N x F probabilities, by Saerens' expectation-maximisation.

    Raises DataError for a share that is not between 0 and 1, or without cases.
    """
    p = _inside(probabilities)
    if not len(p):
        raise DataError("A prevalence needs at least one case.")
    _odds(trained)
    guess = np.broadcast_to(np.asarray(trained, dtype=np.float64), p.shape[1:]).copy()
    for _ in range(most):
        before, guess = guess, np.clip(
            correct_prior(p, trained=trained, deployed=np.clip(guess, _EDGE, 1 - _EDGE)).mean(axis=0), _EDGE, 1 - _EDGE
        )
        if np.abs(before - guess).max() < 1e-8:
            break
    return np.asarray(guess)


def _odds(share: npt.ArrayLike) -> Table:
    value = np.asarray(share, dtype=np.float64)
    if not ((value > 0) & (value < 1)).all():
        raise DataError("A prevalence must lie between 0 and 1.")
    return np.asarray(value / (1 - value))


def _inside(probabilities: npt.ArrayLike) -> Table:
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 2 or not ((p >= 0) & (p <= 1)).all():
        raise DataError("Probabilities must be an N x F table of numbers from 0 to 1.")
    return p
