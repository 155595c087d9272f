"""Several ways of training on the same held-out cases, each against the control arm, with one correction for all."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

from learning.toolkit.bootstrap import Estimate
from learning.toolkit.comparison import Verdict, cases_to_decide
from learning.toolkit.data import DataError
from learning.toolkit.multiplicity import holm
from learning.toolkit.ranks import Array
from learning.toolkit.verdict import Cell, Spent, VerdictCard, verdict_card

LEAST_PATIENTS = 20
"""Below this an interval by bootstrap promises more than so few patients can hold; nothing is then decided."""
_ALPHA = 0.05
_PER_FINDING = 400
"""Replicates for single findings, which decide nothing."""
Seeds = Mapping[int, npt.ArrayLike]


@dataclass(frozen=True, slots=True)
class Against:
    """An arm minus the control arm, in macro AUROC, on the training seeds that both have.

    p, p_holm        two-sided, by bootstrap, and adjusted for all arms of the table.
    verdict          gain and harm need the interval and the adjusted p.
    cases_to_decide  for an undecided arm; about how many cases in all would probably decide.
    correlation      of the two arms' scores within a class (normal scores): what a planner needs.
    why              what the reader of the verdict must know; unequal: what the control arm was not given alike.
    """

    control: str
    delta: float
    low: float
    high: float
    p: float
    p_holm: float
    verdict: Verdict
    margin: float
    n: int
    n_patients: int
    n_seeds: int
    cases_to_decide: int | None
    correlation: float | None
    why: str
    unequal: tuple[str, ...]
    per_finding: dict[str, Estimate | None]


@dataclass(frozen=True, slots=True)
class JudgedArm:
    """One arm: AUROC as mean over findings, folds and seeds, and per finding; `against` is None for the control."""

    name: str
    seeds: tuple[int, ...]
    auroc: Estimate
    per_finding: dict[str, Estimate | None]
    against: Against | None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Judging:
    """What all arms are judged on: N x F targets (1 / 0; NaN not assessed), each row's fold and patient."""

    targets: Array
    folds: Sequence[int]
    findings: Sequence[str]
    patients: Sequence[str]
    margin: float = 0.02
    replicates: int = 1000
    seed: int = 0

    def card(self, arm: str, mine: Seeds, control: str, theirs: Seeds, spent: tuple[Spent, Spent]) -> VerdictCard:
        """The two arms on their common seeds."""
        return self._card(arm, mine, control, theirs, spent, list(range(len(self.findings))), self.replicates)

    def per_finding(self, mine: Seeds, theirs: Seeds, spent: tuple[Spent, Spent]) -> dict[str, VerdictCard | None]:
        """The same finding by finding; None where a class is missing."""
        found: dict[str, VerdictCard | None] = {}
        for column, code in enumerate(self.findings):
            try:
                found[code] = self._card("", mine, "", theirs, spent, [column], min(self.replicates, _PER_FINDING))
            except DataError:
                found[code] = None
        return found

    def _card(
        self, arm: str, mine: Seeds, control: str, theirs: Seeds, spent: tuple[Spent, Spent], columns: list[int],
        replicates: int,
    ) -> VerdictCard:
        rows = {fold: np.flatnonzero(np.asarray(self.folds) == fold) for fold in sorted(set(self.folds))}
        cells = [
            Cell(s, fold, held, *(np.asarray(t[s])[held][:, columns] for t in (mine, theirs)))
            for s in sorted(set(mine) & set(theirs)) for fold, held in rows.items()
        ]
        return verdict_card(
            arm, control, cells, self.targets[:, columns], findings=[self.findings[c] for c in columns],
            patients=self.patients, spent=spent, margin=self.margin, replicates=replicates, seed=self.seed,
        )


def judge_arms(
    arms: Mapping[str, Seeds], on: Judging, *, control: str, spent: Mapping[str, Spent] | None = None
) -> list[JudgedArm]:
    """Judge N x F held-out probabilities per arm and training seed; arms without any are left out.

    spent  what each arm was given; an arm that is not named counts as having been given what the control arm was.

    Raises DataError when no finding has both classes, when the control arm or a common seed is missing, or the margin
    is not above 0.
    """
    if on.margin <= 0:
        raise DataError(f"The margin must be above 0; it is {on.margin:g}.")
    if not arms.get(control):
        raise DataError(f"The control arm {control!r} has no predictions yet.")
    same = (spent or {}).get(control, Spent(0, 1, ""))
    judged: dict[str, JudgedArm] = {}
    for name, seeds in arms.items():
        if seeds:
            judged[name] = _judged(name, seeds, control, arms[control], on, ((spent or {}).get(name, same), same))
    others = [name for name in judged if name != control]
    adjusted = holm([judged[name].against.p for name in others])  # type: ignore[union-attr]
    for name, p in zip(others, adjusted, strict=True):
        against = judged[name].against
        assert against is not None
        judged[name] = replace(judged[name], against=_corrected(against, p, len(others)))
    return list(judged.values())


def _judged(
    name: str, mine: Seeds, control: str, theirs: Seeds, on: Judging, spent: tuple[Spent, Spent]
) -> JudgedArm:
    card = on.card(name, mine, control, theirs, spent)
    single = on.per_finding(mine, theirs, spent)
    values = {code: None if one is None else one.strategy_value for code, one in single.items()}
    if name == control:
        return JudgedArm(name, tuple(sorted(mine)), card.strategy_value, values, None)
    found = card.comparison
    assert found.p_value is not None
    gaps = {
        code: None if one is None else Estimate(one.comparison.delta, one.comparison.low, one.comparison.high)
        for code, one in single.items()
    }
    against = Against(
        control=control, delta=found.delta, low=found.low, high=found.high, p=found.p_value, p_holm=found.p_value,
        verdict=found.verdict, margin=on.margin, n=found.n, n_patients=found.n_patients, n_seeds=card.seeds,
        cases_to_decide=found.cases_to_decide, correlation=correlation(mine, theirs, on.targets), why="",
        unequal=card.unequal, per_finding=gaps,
    )
    return JudgedArm(name, tuple(sorted(mine)), card.strategy_value, values, against)


def _corrected(found: Against, p_holm: float, comparisons: int) -> Against:
    """With the adjusted p, and what follows from it for the verdict."""
    verdict, why = _decided(found, p_holm, comparisons)
    if verdict != "undecided":
        return replace(found, p_holm=p_holm, verdict=verdict, why=why)
    factor = float(norm.isf(_ALPHA / 2 / comparisons) / norm.isf(_ALPHA / 2))
    needed = cases_to_decide(found.delta, factor * (found.high - found.low) / 2, found.margin, found.n)
    least = math.ceil(found.n * LEAST_PATIENTS / found.n_patients) if found.n_patients < LEAST_PATIENTS else found.n + 1
    return replace(found, p_holm=p_holm, verdict=verdict, why=why, cases_to_decide=max(needed, least))


def _decided(found: Against, p_holm: float, comparisons: int) -> tuple[Verdict, str]:
    if found.n_patients < LEAST_PATIENTS:
        return "undecided", f"{found.n_patients} patients are too few for an interval; {LEAST_PATIENTS} are needed"
    if found.verdict in ("gain", "harm") and p_holm >= _ALPHA:
        return "undecided", f"the interval leaves out 0, but not after correction for {comparisons} arms"
    one = "one seed: the interval covers patients, not the chance of training"
    return found.verdict, "" if found.n_seeds > 1 else one


def correlation(one: Seeds, other: Seeds, targets: Array) -> float | None:
    """Mean correlation of two arms' scores within a class, as normal scores; None for under 10 cases of a class."""
    found = []
    for s in sorted(set(one) & set(other)):
        a, b = np.asarray(one[s], np.float64), np.asarray(other[s], np.float64)
        for column in range(targets.shape[1]):
            for state in (0.0, 1.0):
                rows = targets[:, column] == state
                if rows.sum() >= 10 and np.ptp(a[rows, column]) and np.ptp(b[rows, column]):
                    pair = [norm.ppf(rankdata(table[rows, column]) / (rows.sum() + 1)) for table in (a, b)]
                    found.append(float(np.corrcoef(pair[0], pair[1])[0, 1]))
    return float(np.mean(found)) if found else None
