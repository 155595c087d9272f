"""Is one model better than another on the same cases: a verdict with its interval, or how many cases it would take."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from learning.toolkit.bootstrap import Estimate, estimate, patient_weights
from learning.toolkit.data import DataError
from learning.toolkit.evaluation import check_predictions
from learning.toolkit.hierarchy import over_runs
from learning.toolkit.multiplicity import bootstrap_p
from learning.toolkit.ranks import Array, RankedCases

Verdict = Literal["gain", "equivalent", "harm", "undecided"]
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference in a figure, first model minus second, with its 95 % interval over patients.

    figure      macro AUROC unless it says otherwise.

    gain        the interval lies above 0.
    harm        the interval lies below 0.
    equivalent  the interval holds 0 and lies within the margin on both sides.
    undecided   none of these; `cases_to_decide` cases in all would probably decide.
    p_value     two-sided, of no difference, by the same bootstrap; adjust several with `multiplicity.holm`.
    """

    delta: float
    low: float
    high: float
    margin: float
    verdict: Verdict
    non_inferior: bool
    n: int
    n_patients: int
    cases_to_decide: int | None
    per_finding: dict[str, Estimate | None]
    p_value: float | None = None
    figure: str = "AUROC"

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """For pages: the difference, its interval, and what follows."""
        figure = f"{self.delta:+.3f} {self.figure} (95 % interval {self.low:+.3f} to {self.high:+.3f}, {self.n} cases)"
        follows = {
            "gain": "better",
            "harm": "worse",
            "equivalent": f"equivalent within {self.margin:g}",
            "undecided": "undecided",
        }[self.verdict]
        more = f"; about {self.cases_to_decide} cases would decide" if self.cases_to_decide else ""
        return f"{figure}: {follows}{more}."


def compare(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    findings: Sequence[str],
    patients: Sequence[str],
    margin: float = 0.02,
    replicates: int = 1000,
    seed: int = 0,
    keep: list[Array] | None = None,
) -> Comparison:
    """Paired comparison of two N x F tables of probabilities on the same cases, drawing the same patients for both.

    keep  gets the macro difference of every replicate (NaN where none is defined).

    Raises DataError when no finding has both classes, or the margin is not above 0.
    """
    if margin <= 0:
        raise DataError(f"The margin must be above 0; it is {margin:g}.")
    a, t = check_predictions(first, targets, findings, patients)
    b, _ = check_predictions(second, targets, findings, patients)
    pairs = {code: pair for i, code in enumerate(findings) if (pair := _pair(a[:, i], b[:, i], t[:, i])) is not None}
    if not pairs:
        raise DataError("No finding has positive and negative cases here; the models cannot be compared.")
    ones = np.ones((1, len(t)))
    deltas = {code: float(_difference(pair, ones)[0]) for code, pair in pairs.items()}
    blocks = [
        np.stack([_difference(pair, weights) for pair in pairs.values()])
        for weights in patient_weights(patients, replicates=replicates, seed=seed)
    ]
    table = np.concatenate(blocks, axis=1)
    known = np.isfinite(table)
    with np.errstate(invalid="ignore"):
        macro = np.where(known, table, 0).sum(axis=0) / known.sum(axis=0)
    if keep is not None:
        keep.append(macro)
    delta = float(np.mean(list(deltas.values())))
    per_finding = {code: estimate(deltas[code], row) for code, row in zip(pairs, table, strict=True)}
    return Comparison(
        margin=margin,
        n=len(t),
        n_patients=len(set(patients)),
        per_finding={code: per_finding.get(code) for code in findings},
        **decided(delta, macro if np.isfinite(macro).any() else np.array([-1.0, 1.0]), margin, len(t)),
    )


def compare_runs(
    firsts: Sequence[npt.ArrayLike],
    seconds: Sequence[npt.ArrayLike],
    targets: npt.ArrayLike,
    *,
    findings: Sequence[str],
    patients: Sequence[str],
    margin: float = 0.02,
    replicates: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Compare two ways of training by several runs of each on the same cases, the n-th of one paired with the other's.

    The interval covers patients and seeds: a replicate draws both with replacement. Raises DataError as `compare`,
    and for lists of different or no length.
    """
    if len(firsts) != len(seconds) or not len(firsts):
        raise DataError(f"Runs are paired: {len(firsts)} of the first kind cannot be compared with {len(seconds)}.")
    singles, tables = [], []
    for first, second in zip(firsts, seconds, strict=True):
        kept: list[Array] = []
        singles.append(
            compare(
                first, second, targets, findings=findings, patients=patients, margin=margin, replicates=replicates,
                seed=seed, keep=kept,
            )
        )
        tables.append(kept[0])
    means = over_runs(np.stack(tables), seed=seed)  # the same patients in the same replicate of every run
    delta = float(np.mean([single.delta for single in singles]))
    return replace(singles[0], per_finding={}, **decided(delta, means, margin, singles[0].n))


def compare_scores(
    firsts: Sequence[npt.ArrayLike],
    seconds: Sequence[npt.ArrayLike],
    *,
    patients: Sequence[str],
    margin: float = 0.02,
    replicates: int = 1000,
    seed: int = 0,
    figure: str = "score",
) -> Comparison:
    """Compare two ways by a score per case, higher is better (Dice, minus an error, 1 for right), run by run.

    The interval covers patients and runs as in `compare_runs`; NaN scores (a case without the structure) are left
    out of both. Raises DataError for lists of different or no length, and for scores that do not fit the patients.
    """
    if len(firsts) != len(seconds) or not len(firsts):
        raise DataError(f"Runs are paired: {len(firsts)} of the first kind cannot be compared with {len(seconds)}.")
    gaps = np.stack([np.asarray(a, float) - np.asarray(b, float) for a, b in zip(firsts, seconds, strict=True)])
    if gaps.shape[1:] != (len(patients),):
        raise DataError(f"Scores have shape {gaps.shape[1:]}; one per case is needed, {len(patients)} in all.")
    known = np.isfinite(gaps)
    if not known.any(axis=1).all():
        raise DataError("A run has no case with a score in both arms; nothing can be compared.")
    filled = np.where(known, gaps, 0.0)
    with np.errstate(invalid="ignore"):
        blocks = [
            (weights @ filled.T) / (weights @ known.T)
            for weights in patient_weights(patients, replicates=replicates, seed=seed)
        ]
    means = over_runs(np.concatenate(blocks).T, seed=seed)
    delta = float(np.mean(filled.sum(axis=1) / known.sum(axis=1)))
    n = int(known.any(axis=0).sum())
    return Comparison(
        margin=margin, n=n, n_patients=len(set(patients)), per_finding={}, figure=figure,
        **decided(delta, means, margin, n),
    )


def decided(delta: float, replicates: Array, margin: float, n: int) -> dict[str, Any]:
    """The fields of a comparison that follow from its replicates."""
    low, high = (float(bound) for bound in np.nanquantile(replicates, [0.025, 0.975]))
    verdict = decide(low, high, margin)
    return {
        "delta": delta, "low": low, "high": high, "verdict": verdict, "non_inferior": low > -margin,
        "cases_to_decide": cases_to_decide(delta, (high - low) / 2, margin, n) if verdict == "undecided" else None,
        "p_value": bootstrap_p(replicates),
    }


def decide(low: float, high: float, margin: float) -> Verdict:
    """The verdict that an interval of a difference allows.

    >>> decide(-0.01, 0.015, 0.02)
    'equivalent'
    """
    if low > 0:
        return "gain"
    if high < 0:
        return "harm"
    return "equivalent" if -margin <= low and high <= margin else "undecided"


_Pair = tuple[Array, RankedCases, RankedCases]


def _pair(a: Array, b: Array, t: Array) -> _Pair | None:
    keep = (t == 0) | (t == 1)
    positive = t[keep] == 1
    if not positive.any() or positive.all():
        return None
    return keep, RankedCases(a[keep], positive), RankedCases(b[keep], positive)


def _difference(pair: _Pair, weights: Array) -> Array:
    keep, a, b = pair
    w = weights[:, keep]
    return np.asarray(a.auroc(w) - b.auroc(w))


def cases_to_decide(delta: float, half_width: float, margin: float, n: int) -> int:
    """Cases at which an interval around the same difference would leave 0 out or fit into the margin."""
    allowed = max(abs(delta), margin - abs(delta))
    return math.ceil(n * (half_width / allowed) ** 2)
