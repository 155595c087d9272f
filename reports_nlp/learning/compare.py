"""Does a model beat the rules on held-out verdicts: a verdict with its interval, or how many cases it would take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from scipy.stats import binomtest

from reports_nlp.learning.evaluate import LEVEL, REPLICATES, Case, micro_counts, owners, patient_draws
from reports_nlp.learning.types import Floats, LearningError

Verdict = Literal["gain", "equivalent", "harm", "undecided"]
MARGIN = 0.02
LEAST_PATIENTS = 20
"""Held-out patients below which nothing is decided."""
CHANCE = 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """Micro F1 over present, absent and equivocal: model minus rules, on the same cases, patients drawn together.

    gain        the interval lies above 0, and so many more cases were put right than spoiled that a sign test agrees.
    harm        the interval lies below 0.
    equivalent  the interval holds 0 and lies within the margin on both sides.
    undecided   none of these, or fewer than 20 patients; `cases_to_decide` held-out cases would probably decide.
    """

    rules: float
    model: float
    delta: float
    low: float
    high: float
    margin: float
    verdict: Verdict
    n: int
    n_patients: int
    put_right: int
    spoiled: int
    sign_p: float
    cases_to_decide: int | None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        figure = (
            f"{self.delta:+.3f} F1 against the rules (95 % interval {self.low:+.3f} to {self.high:+.3f}, "
            f"{self.n} held-out verdicts of {self.n_patients} patients)"
        )
        follows = {
            "gain": "better", "harm": "worse", "equivalent": f"equivalent within {self.margin:g}",
            "undecided": "undecided",
        }[self.verdict]
        more = f"; about {self.cases_to_decide} held-out verdicts would decide" if self.cases_to_decide else ""
        return f"{figure}: {follows}{more}."


def compare(
    rules: Sequence[Case], model: Sequence[Case], *, margin: float = MARGIN, replicates: int = REPLICATES,
    seed: int = 0,
) -> Comparison:
    """Paired comparison of what model and rules said of the same cases in the same order.

    Raises LearningError for cases that differ, or where nobody ever mentions the finding.
    """
    if [(c.patient, c.truth) for c in rules] != [(c.patient, c.truth) for c in model]:
        raise LearningError("Rules and model were asked of different cases.")
    owner, number = owners([case.patient for case in rules])
    weights = patient_draws(number, replicates=replicates, seed=seed)
    tables = [_sums(micro_counts(cases), owner, number) for cases in (rules, model)]
    one = np.ones((1, number))
    first, second = (_f1(one @ table) for table in tables)
    if not np.isfinite([*first, *second]).all():
        raise LearningError("Neither the readers nor a labeler ever mention this finding in the held-out verdicts.")
    deltas = _f1(weights @ tables[1]) - _f1(weights @ tables[0])
    low, high = (float(bound) for bound in np.nanquantile(deltas, LEVEL))
    right = sum(m.said == m.truth != r.said for r, m in zip(rules, model, strict=True))
    wrong = sum(r.said == r.truth != m.said for r, m in zip(rules, model, strict=True))
    if right + wrong == 0:
        low, high = min(low, -3 / number), max(high, 3 / number)
    sign = float(binomtest(right, right + wrong).pvalue) if right + wrong else 1.0
    delta = float(second[0] - first[0])
    verdict = decide(low, high, margin, sign=sign, patients=number)
    needed = cases_to_decide(delta, (high - low) / 2, margin, len(rules)) if verdict == "undecided" else None
    return Comparison(
        float(first[0]), float(second[0]), delta, low, high, margin, verdict, len(rules), number, right, wrong, sign,
        needed,
    )


def decide(low: float, high: float, margin: float, *, sign: float, patients: int) -> Verdict:
    """What the interval of the difference allows.

    The bootstrap alone calls three cases put right and none spoiled a gain; the sign test does not.

    >>> decide(0.01, 0.05, 0.02, sign=0.25, patients=80)
    'undecided'
    """
    if patients < LEAST_PATIENTS:
        return "undecided"
    if low > 0:
        return "gain" if sign < CHANCE else "undecided"
    if high < 0:
        return "harm"
    return "equivalent" if -margin <= low and high <= margin else "undecided"


def cases_to_decide(delta: float, half_width: float, margin: float, n: int) -> int:
    """Cases at which an interval around the same difference would leave 0 out or fit into the margin; more than n."""
    allowed = max(abs(delta), margin - abs(delta))
    return max(n + 1, math.ceil(n * (half_width / allowed) ** 2))


def _sums(rows: Floats, owner: Any, number: int) -> Floats:
    return np.stack([np.bincount(owner, weights=column, minlength=number) for column in rows.T], axis=1)


def _f1(sums: Floats) -> Floats:
    right, wrong, missed = sums.T
    whole = 2 * right + wrong + missed
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(whole > 0, 2 * right / whole, np.nan))
