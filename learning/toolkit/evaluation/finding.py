"""One finding of one table: its hard-labelled cases and the statistics that are bootstrapped."""

from collections.abc import Sequence

import numpy as np

from learning.toolkit.bootstrap import Estimate, estimate
from learning.toolkit.evaluation.curves import calibration_error, reliability, roc
from learning.toolkit.evaluation.shapes import FindingMetrics
from learning.toolkit.hierarchy import over_runs
from learning.toolkit.proportions import at_the_edge, is_without_width
from learning.toolkit.ranks import Array, RankedCases, delong

AT_SPECIFICITY = 0.9
STATISTICS = 7


class Column:
    """Probabilities and targets of one finding in one run."""

    def __init__(self, p: Array, t: Array, threshold: float) -> None:
        self.keep = (t == 0) | (t == 1)
        self.p, self.positive = p[self.keep], t[self.keep] == 1
        self.threshold = threshold
        self.cases = RankedCases(self.p, self.positive) if len(self.p) else None
        self.called = self.p >= threshold
        self.error = (self.p - self.positive) ** 2

    def statistics(self, weights: Array) -> Array:
        """7 x R under R x N weights of all cases: AUROC, AUPRC, sensitivity, specificity, balanced accuracy,
        sensitivity at 0.9 specificity, Brier score.
        """
        if self.cases is None:
            return np.full((STATISTICS, len(weights)), np.nan)
        w = weights[:, self.keep]
        yes, no = w[:, self.positive], w[:, ~self.positive]
        with np.errstate(invalid="ignore", divide="ignore"):
            found = yes @ self.called[self.positive] / yes.sum(axis=1)
            spared = no @ ~self.called[~self.positive] / no.sum(axis=1)
            return np.stack(
                [
                    self.cases.auroc(w), self.cases.average_precision(w), found, spared, (found + spared) / 2,
                    self.cases.sensitivity_at(w, AT_SPECIFICITY), w @ self.error / w.sum(axis=1),
                ]
            )


def finding_metrics(
    code: str, runs: Sequence[Column], tables: Array, patients: Sequence[str], where: str, *, seed: int
) -> FindingMetrics:
    """The finding's figures over its runs, which share cases and threshold; `tables` is S x 7 x R replicates."""
    first = runs[0]
    n, n_positive = len(first.p), int(first.positive.sum())
    ones = np.ones((1, len(first.keep)))
    values = np.mean([run.statistics(ones)[:, 0] for run in runs], axis=0)
    both = 0 < n_positive < n
    defined = [both, both, n_positive > 0, n_positive < n, both, both, n > 0]
    estimates = [
        estimate(float(value), over_runs(tables[:, row], seed=seed)) if ok else None
        for row, (value, ok) in enumerate(zip(values, defined, strict=True))
    ]
    owners = np.asarray(list(patients), dtype=str)[first.keep]
    estimates = _at_edges(estimates, len(set(owners[first.positive])), len(set(owners[~first.positive])))
    test = delong(first.p, first.p, first.positive) if len(runs) == 1 else None
    p = np.concatenate([run.p for run in runs])
    positive = np.concatenate([run.positive for run in runs])
    bins = reliability(p, positive)
    return FindingMetrics(
        finding=code, n=n, n_positive=n_positive,
        n_patients=len(set(owners)),
        reason=None if both else _why(n, n_positive),
        auroc=estimates[0], auroc_delong_se=test.standard_error_a if test else None, auprc=estimates[1],
        threshold=first.threshold, threshold_from=where, sensitivity=estimates[2], specificity=estimates[3],
        balanced_accuracy=estimates[4], sensitivity_at=estimates[5], at_specificity=AT_SPECIFICITY,
        brier=estimates[6], ece=calibration_error(bins), reliability=bins, roc=roc(p, positive) if both else (),
    )


def _at_edges(found: list[Estimate | None], present: int, absent: int) -> list[Estimate | None]:
    """Where all or none are right, the bootstrap gives intervals without width; `present` and `absent` patients tell
    how wide they are.
    """
    auroc, auprc, hit, spared, balanced, hit_at, brier = found
    hit, spared, hit_at = at_the_edge(hit, present), at_the_edge(spared, absent), at_the_edge(hit_at, present)
    if balanced is not None and is_without_width(balanced) and hit is not None and spared is not None:
        bounds = zip((hit.low, hit.high), (spared.low, spared.high), strict=True)
        low, high = ((a + b) / 2 if a is not None and b is not None else None for a, b in bounds)
        balanced = Estimate(balanced.value, low, high)
    if auprc is not None and is_without_width(auprc):
        auprc = Estimate(auprc.value, None, None)  # no exact interval is known
    return [at_the_edge(auroc, min(present, absent)), auprc, hit, spared, balanced, hit_at, brier]


def _why(n: int, n_positive: int) -> str:
    if n == 0:
        return "No case was assessed for this finding."
    side = "positive" if n_positive else "negative"
    return f"All {n} assessed cases are {side}; figures that need both classes are not defined."
