"""Scores become probabilities; one temperature makes them honest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from reports_nlp.learning.types import Floats

Targets = npt.NDArray[np.int64]
_GRID = np.exp(np.linspace(np.log(0.3), np.log(8.0), 120))


def softmax(scores: Floats) -> Floats:
    """Rows that sum to 1."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def log_loss(scores: Floats, targets: Targets) -> float:
    """Mean negative log-probability of the answers, each at least one in a million."""
    chosen = softmax(scores)[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(chosen, 1e-6)).mean())


def fit_temperature(scores: Floats, targets: Targets) -> float:
    """Divisor of the scores (of rows the model had not seen) at which their probabilities are most honest.

    1 below twenty rows: so few can't tell.
    """
    if len(targets) < 20:
        return 1.0
    losses = [log_loss(scores / temperature, targets) for temperature in _GRID]
    return float(_GRID[int(np.argmin(losses))])


def calibration_error(probabilities: Floats, right: npt.NDArray[np.bool_], bins: int = 10) -> float:
    """Mean distance of confidence from accuracy over bins of equal width, weighted by cases (ECE, 0 to 1)."""
    if not len(right):
        return float("nan")
    place = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    gaps = [
        abs(float(probabilities[place == b].mean()) - float(right[place == b].mean())) * (place == b).mean()
        for b in range(bins) if (place == b).any()
    ]
    return float(sum(gaps))
