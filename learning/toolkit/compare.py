"""Is one model better than another on the same cases: a verdict with its interval, or how many cases it would take."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from learning.toolkit.bootstrap import Estimate, estimate, patient_weights
from learning.toolkit.data import DataError
from learning.toolkit.evaluate import check_predictions
from learning.toolkit.ranks import Array, RankedCases

Verdict = Literal["gain", "equivalent", "harm", "undecided"]
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference in macro AUROC, first model minus second, with its 95 % interval over patients.

    gain        the interval lies above 0.
    harm        the interval lies below 0.
    equivalent  the interval holds 0 and lies within the margin on both sides.
    undecided   none of these; `cases_to_decide` cases in all would probably decide.
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

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """For pages: the difference, its interval, and what follows."""
        figure = f"{self.delta:+.3f} AUROC (95 % interval {self.low:+.3f} to {self.high:+.3f}, {self.n} cases)"
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
    macro = macro[np.isfinite(macro)]
    delta = float(np.mean(list(deltas.values())))
    low, high = (float(bound) for bound in np.quantile(macro, [0.025, 0.975])) if len(macro) else (-1.0, 1.0)
    verdict = decide(low, high, margin)
    per_finding = {code: estimate(deltas[code], row) for code, row in zip(pairs, table, strict=True)}
    return Comparison(
        delta=delta,
        low=low,
        high=high,
        margin=margin,
        verdict=verdict,
        non_inferior=low > -margin,
        n=len(t),
        n_patients=len(set(patients)),
        cases_to_decide=cases_to_decide(delta, (high - low) / 2, margin, len(t)) if verdict == "undecided" else None,
        per_finding={code: per_finding.get(code) for code in findings},
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
    if len(firsts) != len(seconds) or not firsts:
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
    macro = np.stack(tables)  # the same patients in the same replicate of every run
    drawn = np.random.default_rng([seed, 1]).integers(len(macro), size=macro.shape)
    means = np.take_along_axis(macro, drawn, axis=0).mean(axis=0)
    low, high = (float(bound) for bound in np.nanquantile(means, [0.025, 0.975]))
    delta = float(np.mean([single.delta for single in singles]))
    verdict = decide(low, high, margin)
    n = singles[0].n
    return replace(
        singles[0], delta=delta, low=low, high=high, verdict=verdict, non_inferior=low > -margin, per_finding={},
        cases_to_decide=cases_to_decide(delta, (high - low) / 2, margin, n) if verdict == "undecided" else None,
    )


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
