"""How good is a model on these cases: every figure with n and an interval over patients."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from learning.toolkit.bootstrap import Estimate, estimate, patient_weights
from learning.toolkit.calibrate import OperatingPoint, choose_points
from learning.toolkit.data import DataError
from learning.toolkit.ranks import Array, RankedCases, delong

_ECE_BINS = 15
_CURVE_POINTS = 101


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Cases whose probability fell into one of 15 equal bins: mean probability, share of positives, number."""

    predicted: float
    observed: float
    n: int


@dataclass(frozen=True, slots=True)
class FindingMetrics:
    """One finding. Figures that need both classes are None when one is missing; `reason` then says so."""

    finding: str
    n: int
    n_positive: int
    n_patients: int
    reason: str | None
    auroc: Estimate | None
    auroc_delong_se: float | None
    auprc: Estimate | None
    threshold: float
    threshold_from: str
    sensitivity: Estimate | None
    specificity: Estimate | None
    brier: Estimate | None
    ece: float | None
    reliability: tuple[ReliabilityBin, ...]
    roc: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All findings, and the averages over those findings where the figure is defined."""

    n: int
    n_patients: int
    findings: tuple[FindingMetrics, ...]
    macro_auroc: Estimate | None
    macro_auprc: Estimate | None
    replicates: int
    seed: int

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: numbers, strings, lists and None, never NaN."""
        return asdict(self)


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

    points     operating points chosen on other cases (`calibrate.choose_points`); None chooses them here by
               Youden's index, which flatters, and says so in `threshold_from`.
    points_from  which cases those are, in words.
    Intervals  95 %, percentile bootstrap over patients.

    >>> result = evaluate([[0.9], [0.2], [0.7], [0.1]], [[1], [0], [1], [0]], findings=["EFF"], patients="abcd")
    >>> result.findings[0].auroc.value
    1.0

    Raises DataError.
    """
    p, t = check_predictions(probabilities, targets, findings, patients)
    where = points_from if points is not None else "these cases by Youden's index (flatters)"
    chosen = choose_points(p, t) if points is None else points
    pieces = [_Finding(p[:, i], t[:, i], chosen[i].threshold) for i in range(len(findings))]
    drawn: list[list[Array]] = [[] for _ in pieces]
    for weights in patient_weights(patients, replicates=replicates, seed=seed):
        for piece, blocks in zip(pieces, drawn, strict=True):
            blocks.append(piece.statistics(weights))
    tables = [np.concatenate(blocks, axis=1) for blocks in drawn]
    metrics = tuple(
        piece.metrics(code, table, patients, where) for piece, code, table in zip(pieces, findings, tables, strict=True)
    )
    return Evaluation(
        n=len(p),
        n_patients=len(set(patients)),
        findings=metrics,
        macro_auroc=_macro([m.auroc for m in metrics], [table[0] for table in tables]),
        macro_auprc=_macro([m.auprc for m in metrics], [table[1] for table in tables]),
        replicates=replicates,
        seed=seed,
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


class _Finding:
    """One column: its hard-labelled cases and the statistics that are bootstrapped."""

    def __init__(self, p: Array, t: Array, threshold: float) -> None:
        self.keep = (t == 0) | (t == 1)
        self.p, self.positive = p[self.keep], t[self.keep] == 1
        self.threshold = threshold
        self.cases = RankedCases(self.p, self.positive) if len(self.p) else None
        self.called = self.p >= threshold
        self.error = (self.p - self.positive) ** 2

    def statistics(self, weights: Array) -> Array:
        """5 x R: AUROC, AUPRC, sensitivity, specificity, Brier score, under R x N weights of all cases."""
        if self.cases is None:
            return np.full((5, len(weights)), np.nan)
        w = weights[:, self.keep]
        yes, no = w[:, self.positive], w[:, ~self.positive]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.stack(
                [
                    self.cases.auroc(w),
                    self.cases.average_precision(w),
                    yes @ self.called[self.positive] / yes.sum(axis=1),
                    no @ ~self.called[~self.positive] / no.sum(axis=1),
                    w @ self.error / w.sum(axis=1),
                ]
            )

    def metrics(self, code: str, table: Array, patients: Sequence[str], where: str) -> FindingMetrics:
        """The column's figures; `table` holds the replicates of `statistics`."""
        n, n_positive = len(self.p), int(self.positive.sum())
        values = self.statistics(np.ones((1, len(self.keep))))[:, 0]
        both = 0 < n_positive < n
        defined = [both, both, n_positive > 0, n_positive < n, n > 0]
        estimates = [
            estimate(float(value), row) if ok else None for value, row, ok in zip(values, table, defined, strict=True)
        ]
        test = delong(self.p, self.p, self.positive)
        owners = {patient for patient, kept in zip(patients, self.keep, strict=True) if kept}
        reliability = _reliability(self.p, self.positive)
        gaps = [abs(b.predicted - b.observed) * b.n for b in reliability]
        return FindingMetrics(
            finding=code,
            n=n,
            n_positive=n_positive,
            n_patients=len(owners),
            reason=None if both else _why(n, n_positive),
            auroc=estimates[0],
            auroc_delong_se=test.standard_error_a if test else None,
            auprc=estimates[1],
            threshold=self.threshold,
            threshold_from=where,
            sensitivity=estimates[2],
            specificity=estimates[3],
            brier=estimates[4],
            ece=sum(gaps) / n if n else None,
            reliability=reliability,
            roc=_roc(self.p, self.positive) if both else (),
        )


def _why(n: int, n_positive: int) -> str:
    if n == 0:
        return "No case was assessed for this finding."
    side = "positive" if n_positive else "negative"
    return f"All {n} assessed cases are {side}; figures that need both classes are not defined."


def _macro(values: list[Estimate | None], replicates: list[Array]) -> Estimate | None:
    """Mean over the findings where the value is defined; in a replicate, over those defined in it."""
    chosen = [i for i, value in enumerate(values) if value is not None]
    if not chosen:
        return None
    table = np.stack([replicates[i] for i in chosen])
    known = np.isfinite(table)
    with np.errstate(invalid="ignore"):
        means = np.where(known, table, 0).sum(axis=0) / known.sum(axis=0)
    return estimate(float(np.mean([value.value for value in values if value is not None])), means)


def _reliability(p: Array, positive: Array) -> tuple[ReliabilityBin, ...]:
    bins = np.minimum((p * _ECE_BINS).astype(int), _ECE_BINS - 1)
    return tuple(
        ReliabilityBin(float(p[bins == b].mean()), float(positive[bins == b].mean()), int((bins == b).sum()))
        for b in np.unique(bins)
    )


def _roc(p: Array, positive: Array) -> tuple[tuple[float, float], ...]:
    """(false positive rate, true positive rate), rising from (0, 0) to (1, 1), at most 101 points."""
    order = np.argsort(-p, kind="stable")
    last = np.flatnonzero(np.r_[p[order][1:] != p[order][:-1], True])
    hit = np.r_[0, np.cumsum(positive[order])[last]] / positive.sum()
    false = np.r_[0, np.cumsum(~positive[order])[last]] / (~positive).sum()
    if len(hit) > _CURVE_POINTS:
        pick = np.unique(np.linspace(0, len(hit) - 1, _CURVE_POINTS).round().astype(int))
        hit, false = hit[pick], false[pick]
    return tuple((float(x), float(y)) for x, y in zip(false, hit, strict=True))
