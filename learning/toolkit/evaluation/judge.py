"""Judging tables of probabilities: one model's, or those of several runs on the same cases."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from learning.toolkit.bootstrap import Estimate, estimate, patient_weights
from learning.toolkit.calibrate import OperatingPoint, choose_points
from learning.toolkit.data import DataError
from learning.toolkit.evaluation.finding import Column, finding_metrics
from learning.toolkit.evaluation.shapes import Evaluation
from learning.toolkit.hierarchy import over_runs
from learning.toolkit.proportions import is_without_width
from learning.toolkit.ranks import Array


def evaluate(
    probabilities: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    findings: Sequence[str],
    patients: Sequence[str],
    points: Sequence[OperatingPoint] | None = None,
    points_from: str = "the calibration cases",
    replicates: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Judge N x F probabilities against N x F targets (1 / 0; NaN and soft values are left out).

    probabilities  S x N x F judges S runs of the same cases together (repeats of a cross-validation, seeds): values are
               means over runs, and intervals cover patients and runs (`hierarchy.over_runs`).
    points     operating points chosen on other cases (`calibrate.choose_points`); None chooses them here by
               Youden's index, which flatters, and says so in `threshold_from`.
    points_from  which cases those are, in words.
    Intervals  95 %, percentile bootstrap over patients; exact ones where all cases of a class are right, or none.

    >>> result = evaluate([[0.9], [0.2], [0.7], [0.1]], [[1], [0], [1], [0]], findings=["EFF"], patients="abcd")
    >>> result.findings[0].auroc.value
    1.0

    Raises DataError.
    """
    runs = np.asarray(probabilities, dtype=np.float64)
    runs = runs[None] if runs.ndim == 2 else runs
    checked = [check_predictions(run, targets, findings, patients) for run in runs] if runs.ndim == 3 else []
    if not checked:
        raise DataError(f"Probabilities must be N x F, or S x N x F for S runs; their shape is {runs.shape}.")
    t = checked[0][1]
    where = points_from if points is not None else "these cases by Youden's index (flatters)"
    chosen = choose_points(np.concatenate([p for p, _ in checked]), np.tile(t, (len(runs), 1))) if points is None else (
        points
    )
    columns = [[Column(p[:, i], t[:, i], chosen[i].threshold) for p, _ in checked] for i in range(len(findings))]
    blocks: list[Array] = [
        np.stack([[run.statistics(weights) for run in column] for column in columns])
        for weights in patient_weights(patients, replicates=replicates, seed=seed)
    ]
    tables = np.concatenate(blocks, axis=3)  # F x S x statistics x R
    metrics = tuple(
        finding_metrics(code, column, table, patients, where, seed=seed)
        for code, column, table in zip(findings, columns, tables, strict=True)
    )
    return Evaluation(
        n=len(t),
        n_patients=len(set(patients)),
        findings=metrics,
        macro_auroc=_macro([m.auroc for m in metrics], tables[:, :, 0], seed),
        macro_auprc=_macro([m.auprc for m in metrics], tables[:, :, 1], seed),
        replicates=replicates,
        seed=seed,
        runs=len(runs),
    )


def check_predictions(
    probabilities: npt.ArrayLike, targets: npt.ArrayLike, findings: Sequence[str], patients: Sequence[str]
) -> tuple[Array, Array]:
    """Both as N x F arrays. Raises DataError when shapes disagree or a probability is not in 0 to 1."""
    p, t = np.asarray(probabilities, dtype=np.float64), np.asarray(targets, dtype=np.float64)
    if p.ndim != 2 or p.shape != t.shape or p.shape != (len(patients), len(findings)) or not len(p):
        raise DataError(
            f"Probabilities {p.shape} and targets {t.shape} must both be N x F, with {len(patients)} patients "
            f"and {len(findings)} findings, and not empty."
        )
    if not np.isfinite(p).all() or p.min() < 0 or p.max() > 1:
        raise DataError("Probabilities must be numbers from 0 to 1.")
    return p, t


def _macro(values: list[Estimate | None], tables: Array, seed: int) -> Estimate | None:
    """Mean over the findings where the value is defined; in a replicate, over those defined in it (F x S x R)."""
    chosen = [i for i, value in enumerate(values) if value is not None]
    if not chosen:
        return None
    known = np.isfinite(tables[chosen])
    with np.errstate(invalid="ignore"):
        means = np.where(known, tables[chosen], 0).sum(axis=0) / known.sum(axis=0)
    defined = [value for value in values if value is not None]
    found = estimate(float(np.mean([value.value for value in defined])), over_runs(means, seed=seed))
    if found is None or not is_without_width(found):
        return found
    bounds = [(value.low, value.high) for value in defined if value.low is not None and value.high is not None]
    low, high = np.mean(bounds, axis=0) if len(bounds) == len(defined) else (None, None)
    return Estimate(found.value, low, high)
