"""Both arms of one seed on the same test cases, and the verdict over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from learning.toolkit.comparison import Comparison, compare_runs, compare_scores
from learning.toolkit.data import Examples
from learning.toolkit.ranks import auroc

Table = npt.NDArray[Any]


@dataclass(frozen=True)
class Paired:
    """What strategy and control gave for the same test cases.

    strategy, control  N x F probabilities (then `targets` judge them), or N scores per case, higher is better.
    metric             what the difference is of: "AUROC", "Dice", "balanced accuracy"…
    told               figures of this seed that explain the result, printed beside it.
    """

    strategy: Table
    control: Table
    patients: tuple[str, ...]
    metric: str
    targets: Table | None = None
    findings: tuple[str, ...] = ()
    told: str = ""

    @classmethod
    def auroc(cls, strategy: npt.ArrayLike, control: npt.ArrayLike, test: Examples, *, told: str = "") -> Self:
        """Two N x F tables of probabilities for the test cases."""
        return cls(
            np.asarray(strategy), np.asarray(control), test.patients, "AUROC", test.targets, test.findings, told
        )

    @classmethod
    def scores(
        cls, strategy: npt.ArrayLike, control: npt.ArrayLike, patients: Sequence[str], metric: str, *, told: str = ""
    ) -> Self:
        """A score per case and arm, whose mean is compared: Dice, minus the absolute error, 1 for a right answer."""
        return cls(np.asarray(strategy), np.asarray(control), tuple(patients), metric, told=told)

    def value(self, table: Table) -> float:
        """The arm's figure in this seed."""
        if self.targets is None:
            return float(np.nanmean(table))
        areas = [auroc(table[:, i], self.targets[:, i]) for i in range(len(self.findings))]
        return float(np.mean([area for area in areas if area is not None]))


def judge(played: Sequence[Paired], *, margin: float = 0.02) -> Comparison:
    """One verdict over all seeds. Raises ValueError when the seeds were judged on different cases."""
    first = played[0]
    for other in played:
        same = other.patients == first.patients and (
            first.targets is None or np.array_equal(other.targets, first.targets, equal_nan=True)  # type: ignore[arg-type]
        )
        if not same:
            raise ValueError("The seeds of one effect must be judged on the same test cases.")
    strategies, controls = [one.strategy for one in played], [one.control for one in played]
    if first.targets is None:
        return compare_scores(strategies, controls, patients=first.patients, margin=margin)
    return compare_runs(
        strategies, controls, first.targets, findings=first.findings, patients=first.patients, margin=margin
    )
