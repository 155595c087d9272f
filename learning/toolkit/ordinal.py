"""Grades in order: how far a predicted grade is from the true one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learning.toolkit.bootstrap import Estimate, estimate, patient_weights
from learning.toolkit.tasks import groups_of, level_probabilities, levels_from

Numbers = npt.NDArray[np.float64]


def expected_level(cumulative: npt.ArrayLike) -> Numbers:
    """N x K probabilities of reaching each level to N mean levels, 0 to K."""
    return np.asarray(np.asarray(cumulative, dtype=np.float64).sum(axis=1))


def median_level(cumulative: npt.ArrayLike) -> Numbers:
    """N x K to the N levels reached with a probability of at least one half: the guess of least absolute error.

    >>> median_level([[0.9, 0.6, 0.1]]).tolist()
    [2.0]
    """
    table = np.minimum.accumulate(np.asarray(cumulative, dtype=np.float64), axis=1)
    return np.asarray((table >= 0.5).sum(axis=1), dtype=np.float64)


def quadratic_kappa(guess: npt.ArrayLike, truth: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Numbers:
    """Cohen's kappa with quadratic weights (Cohen 1968) under R x N case weights; R values, NaN where undefined.

    1 less the mean squared disagreement over the one that chance would give from the same two distributions.

    >>> quadratic_kappa([0, 1, 2], [0, 1, 2]).tolist()
    [1.0]
    """
    x, y = np.asarray(guess, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    w = np.ones((1, len(x))) if weights is None else np.atleast_2d(np.asarray(weights, dtype=np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        total = w.sum(axis=1)
        observed = w @ (x - y) ** 2
        by_chance = w @ x**2 + w @ y**2 - 2 * (w @ x) * (w @ y) / total
        return np.asarray(np.where(by_chance > 1e-12, 1 - observed / by_chance, np.nan))


@dataclass(frozen=True, slots=True)
class GradeMetrics:
    """One finding's levels on cases whose level is known.

    mae        mean |guess - truth| in levels; the guess is the median level.
    exact      share guessed exactly.
    confusion  (K + 1) x (K + 1) counts, true level down, guessed across.
    """

    finding: str
    levels: int
    n: int
    n_patients: int
    reason: str | None
    quadratic_kappa: Estimate | None
    mae: Estimate | None
    exact: Estimate | None
    confusion: tuple[tuple[int, ...], ...]


def grade_metrics(
    probabilities: Numbers,
    targets: Numbers,
    *,
    columns: Sequence[str],
    patients: Sequence[str],
    replicates: int = 1000,
    seed: int = 0,
) -> tuple[GradeMetrics, ...]:
    """Of every finding with more than one level; 95 % intervals over patients. Tables are N x F, cumulative."""
    found = []
    for code, places in groups_of(columns).items():
        if len(places) > 1:
            guess, truth = median_level(probabilities[:, places]), levels_from(targets[:, places])
            found.append(_one(code, len(places), guess, truth, patients, replicates, seed))
    return tuple(found)


def _one(
    code: str, levels: int, guess: Numbers, truth: Numbers, patients: Sequence[str], replicates: int, seed: int
) -> GradeMetrics:
    keep = ~np.isnan(truth)
    guess, truth = guess[keep], truth[keep]
    owners = [patient for patient, kept in zip(patients, keep, strict=True) if kept]
    table = np.zeros((levels + 1, levels + 1), dtype=int)
    np.add.at(table, (truth.astype(int), guess.astype(int)), 1)
    confusion = tuple(tuple(int(cell) for cell in row) for row in table)
    if not len(truth):
        return GradeMetrics(code, levels, 0, 0, "No case with a known grade.", None, None, None, confusion)
    error = np.abs(guess - truth)

    def statistics(w: Numbers) -> Numbers:
        total = w.sum(axis=1)
        return np.stack([quadratic_kappa(guess, truth, w), w @ error / total, w @ (error == 0) / total])

    drawn = [statistics(w) for w in patient_weights(owners, replicates=replicates, seed=seed)]
    spread = np.concatenate(drawn, axis=1)
    values = statistics(np.ones((1, len(truth))))[:, 0]
    kappa, mae, exact = (
        estimate(None if np.isnan(value) else float(value), row) for value, row in zip(values, spread, strict=True)
    )
    reason = None if kappa is not None else "All cases have the same grade, so agreement beyond chance is undefined."
    return GradeMetrics(code, levels, len(truth), len(set(owners)), reason, kappa, mae, exact, confusion)


def grade_figures(reached: Numbers, truth: Numbers, columns: Sequence[str]) -> dict[str, float | None]:
    """Quadratic kappa of each finding's median level, of those with a single level too; None where undefined."""
    found: dict[str, float | None] = {}
    for code, places in groups_of(columns).items():
        known = levels_from(truth[:, places])
        keep = ~np.isnan(known)
        value = quadratic_kappa(median_level(reached[keep][:, places]), known[keep])[0] if keep.any() else np.nan
        found[code] = None if np.isnan(value) else float(value)
    return found


def grade_distribution(cumulative: npt.ArrayLike) -> list[float]:
    """Probabilities of one case's levels, absent first."""
    return [round(float(p), 4) for p in level_probabilities(np.atleast_2d(np.asarray(cumulative)))[0]]
