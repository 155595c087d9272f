"""How well a labeler agrees with readers' verdicts, task by task, with intervals over patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reports_nlp.learning.types import Floats, LearningError

TASKS: dict[str, frozenset[str]] = {
    "mention": frozenset({"present", "absent", "equivocal"}),
    "negation": frozenset({"absent"}),
    "uncertainty": frozenset({"equivocal"}),
    "presence": frozenset({"present"}),
}
"""Task -> the states that count as its yes."""
REPLICATES = 1000
LEVEL = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Case:
    """One report and finding: the reader's state and the labeler's."""

    patient: str
    truth: str
    said: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A share with its 95 % interval over patients; bounds are None where too few patients allow any."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class TaskScore:
    """precision is None where the labeler never says yes, recall where the reader never does, f1 where neither."""

    yes: int
    """Cases of which the reader says yes."""
    said_yes: int
    precision: Figure | None
    recall: Figure | None
    f1: Figure | None


@dataclass(frozen=True, slots=True)
class Scores:
    n: int
    n_patients: int
    agreement: Figure | None
    """Share of cases with the same state."""
    tasks: dict[str, TaskScore]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def score(cases: Sequence[Case], *, replicates: int = REPLICATES, seed: int = 0) -> Scores:
    """Precision, recall and F1 for mention, negation, uncertainty and presence."""
    owner, number = owners([case.patient for case in cases])
    weights = patient_draws(number, replicates=replicates, seed=seed)
    same = np.array([case.truth == case.said for case in cases], dtype=np.float64)
    agreement = _share(_by_patient(same, owner, number), _by_patient(np.ones_like(same), owner, number), weights)
    tasks = {task: _task(cases, yes, owner, number, weights) for task, yes in TASKS.items()}
    return Scores(len(cases), number, agreement, tasks)


def owners(patients: Sequence[str]) -> tuple[npt.NDArray[np.int64], int]:
    """Place of each case's patient, and how many patients there are."""
    names, owner = np.unique(np.asarray(list(patients), dtype=str), return_inverse=True)
    return owner, len(names)


def patient_draws(number: int, *, replicates: int, seed: int) -> Floats:
    """How often each patient is drawn in each replicate: replicates x patients."""
    if number == 0:
        return np.zeros((replicates, 0))
    drawn = np.random.default_rng(seed).multinomial(number, np.full(number, 1 / number), size=replicates)
    return drawn.astype(np.float64)


def micro_counts(cases: Sequence[Case]) -> Floats:
    """Per case: right, said wrongly, missed, over present, absent and equivocal; silence on both sides counts nothing.

    2 right / (2 right + said wrongly + missed) is the F1 by which models and rules are compared.
    """
    rows = np.zeros((len(cases), 3))
    for place, case in enumerate(cases):
        if case.truth == case.said:
            rows[place, 0] = case.truth != "not_mentioned"
        else:
            rows[place, 1] = case.said != "not_mentioned"
            rows[place, 2] = case.truth != "not_mentioned"
    return rows


def micro_f1(cases: Sequence[Case]) -> float:
    """Raises LearningError when neither side ever mentions the finding."""
    right, wrong, missed = micro_counts(cases).sum(axis=0)
    if right + wrong + missed == 0:
        raise LearningError("Neither the readers nor the labeler ever mention this finding.")
    return float(2 * right / (2 * right + wrong + missed))


def _task(
    cases: Sequence[Case], yes: frozenset[str], owner: npt.NDArray[np.int64], number: int, weights: Floats
) -> TaskScore:
    truth = np.array([case.truth in yes for case in cases], dtype=np.float64)
    said = np.array([case.said in yes for case in cases], dtype=np.float64)
    both, asked, told = (_by_patient(row, owner, number) for row in (truth * said, truth, said))
    return TaskScore(
        int(truth.sum()), int(said.sum()), _share(both, told, weights), _share(both, asked, weights),
        _share(2 * both, asked + told, weights),
    )


def _by_patient(row: Floats, owner: npt.NDArray[np.int64], number: int) -> Floats:
    return np.bincount(owner, weights=row, minlength=number).astype(np.float64) if number else np.zeros(0)


def _share(part: Floats, whole: Floats, weights: Floats) -> Figure | None:
    if whole.sum() == 0:
        return None
    value = float(part.sum() / whole.sum())
    if len(part) < 2:
        return Figure(value, None, None)
    wholes = weights @ whole
    drawn = (weights @ part)[wholes > 0] / wholes[wholes > 0]
    low, high = (float(bound) for bound in np.quantile(drawn, LEVEL))
    n = float((whole > 0).sum())
    if value in (0.0, 1.0):
        # Resampling can't show what so few patients leave open; 3/n is the 95 % bound for an event never seen.
        low, high = (0.0, min(1.0, 3 / n)) if value == 0 else (max(0.0, 1 - 3 / n), 1.0)
    return Figure(value, low, high)
