"""The verdict card: a strategy against its control over seeds and folds, in one interval and one sentence."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from learning.toolkit.bootstrap import Estimate, estimate, patient_weights
from learning.toolkit.comparison import Comparison, decided
from learning.toolkit.data import DataError, Indices
from learning.toolkit.hierarchy import over_runs
from learning.toolkit.ranks import Array, RankedCases


@dataclass(frozen=True, slots=True)
class Cell:
    """One seed and fold: held-out rows of the table of targets, and what both arms gave for them (len(rows) x F)."""

    seed: int
    fold: int
    rows: Indices
    strategy: Array
    control: Array


@dataclass(frozen=True, slots=True)
class Spent:
    """What an arm was given. A verdict is fair only where both were given the same."""

    steps: int
    trials: int
    augmentation: str

    def differs_from(self, other: "Spent") -> list[str]:
        """Sentences, none when equal."""
        pairs = zip(asdict(self).items(), asdict(other).values(), strict=True)
        return [f"{name}: {mine} against {theirs}" for (name, mine), theirs in pairs if mine != theirs]


@dataclass(frozen=True, slots=True)
class VerdictCard:
    """Gain, equivalent, harm or undecided; `unequal` says what makes the comparison unfair, empty if nothing.

    pooled   True where folds were too small to judge one by one (leave-one-patient-out) and were judged together.
    """

    strategy: str
    control: str
    metric: str
    comparison: Comparison
    strategy_value: Estimate
    control_value: Estimate
    seeds: int
    folds: int
    pooled: bool
    unequal: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self) | {"sentence": self.sentence}

    @property
    def sentence(self) -> str:
        """For the page: who against whom, by how much, how sure, and what it rests on."""
        unfair = f" Not a fair comparison: {'; '.join(self.unequal)}." if self.unequal else ""
        seeds = f"{self.seeds} seed{'s' if self.seeds > 1 else ''}"
        folds = f" and {self.folds} folds" if self.folds > 1 else ""
        return (
            f"{self.strategy} against {self.control}: {self.comparison.sentence} Interval over "
            f"{self.comparison.n_patients} patients and {seeds}{folds}.{unfair}"
        )


def verdict_card(
    strategy: str,
    control: str,
    cells: Sequence[Cell],
    targets: Array,
    *,
    findings: Sequence[str],
    patients: Sequence[str],
    spent: tuple[Spent, Spent],
    margin: float = 0.02,
    replicates: int = 1000,
    seed: int = 0,
) -> VerdictCard:
    """Judge the cells of two arms against N x F targets (1 / 0; NaN not assessed) by macro AUROC.

    A replicate draws patients once for all seeds and folds, takes the mean over findings and folds in each seed, and
    then draws seeds (`hierarchy.over_runs`). Raises DataError without cells, for a seed whose folds overlap, for
    seeds that held out different patients, and when no finding has both classes.
    """
    check_cells(cells, targets)
    if not _judges(targets[np.concatenate([cell.rows for cell in cells])]):
        raise DataError("No finding has positive and negative cases here; the arms cannot be compared.")
    seeds = sorted({cell.seed for cell in cells})
    whole = [[cell for cell in cells if cell.seed == one] for one in seeds]
    pooled = any(not _judges(targets[cell.rows]) for cell in cells)
    parts = [_pooled(group) if pooled else group for group in whole]
    arms = [
        [[_areas(getattr(cell, arm), targets, cell.rows, len(findings)) for cell in group] for group in parts]
        for arm in ("strategy", "control")
    ]
    blocks = [
        np.stack([[_mean_of(group, weights) for group in arm] for arm in arms])
        for weights in (np.ones((1, len(targets))), *patient_weights(patients, replicates=replicates, seed=seed))
    ]
    values, drawn = blocks[0][:, :, 0].mean(axis=1), np.concatenate(blocks[1:], axis=2)
    delta = float(values[0] - values[1])
    held = np.unique(np.concatenate([cell.rows for cell in cells]))
    judged = Comparison(
        margin=margin, n=len(held), n_patients=len({patients[row] for row in held}), per_finding={},
        **decided(delta, over_runs(drawn[0] - drawn[1], seed=seed), margin, len(held)),
    )
    figures = [estimate(float(value), over_runs(table, seed=seed)) for value, table in zip(values, drawn, strict=True)]
    assert figures[0] is not None
    assert figures[1] is not None
    return VerdictCard(
        strategy, control, "AUROC", judged, figures[0], figures[1], len(seeds), max(map(len, whole)), pooled,
        tuple(spent[0].differs_from(spent[1])),
    )


def check_cells(cells: Sequence[Cell], targets: Array) -> None:
    """Raise DataError unless cells are there, fit the table, and every seed held out the same rows once."""
    if not cells:
        raise DataError("There is no finished pair of runs to compare yet.")
    held: dict[int, list[int]] = {}
    for cell in cells:
        for table in (cell.strategy, cell.control):
            if np.shape(table) != (len(cell.rows), targets.shape[1]):
                raise DataError(
                    f"Predictions of seed {cell.seed}, fold {cell.fold} have shape {np.shape(table)}; "
                    f"{(len(cell.rows), targets.shape[1])} is needed."
                )
        held.setdefault(cell.seed, []).extend(map(int, cell.rows))
    first = sorted(next(iter(held.values())))
    for seed, rows in held.items():
        if len(set(rows)) != len(rows):
            raise DataError(f"Seed {seed} holds a case out in two folds; folds must not overlap.")
        if sorted(rows) != first:
            raise DataError(f"Seed {seed} was judged on other cases than the first; all seeds need the same ones.")


def _judges(targets: Array) -> bool:
    """Some finding has both classes here."""
    return bool((((targets == 1).any(axis=0)) & ((targets == 0).any(axis=0))).any())


def _pooled(group: list[Cell]) -> list[Cell]:
    rows = np.concatenate([cell.rows for cell in group])
    tables = [np.concatenate([getattr(cell, arm) for cell in group]) for arm in ("strategy", "control")]
    return [Cell(group[0].seed, 0, rows, *tables)]


_Areas = list[tuple[Array, RankedCases]]


def _areas(table: Array, targets: Array, rows: Indices, findings: int) -> _Areas:
    """Per finding with both classes: rows of the whole table, and their ranked cases."""
    found = []
    for column in range(findings):
        t = targets[rows, column]
        keep = (t == 0) | (t == 1)
        positive = t[keep] == 1
        if positive.any() and not positive.all():
            found.append((rows[keep], RankedCases(np.asarray(table)[keep, column], positive)))
    return found


def _mean_of(group: list[_Areas], weights: Array) -> Array:
    """R macro AUROCs: mean over findings, then over folds, of those defined under the weights."""
    return _nanmean([_nanmean([cases.auroc(weights[:, rows]) for rows, cases in fold]) for fold in group if fold])


def _nanmean(rows: list[Array]) -> Array:
    table = np.stack(rows)
    known = np.isfinite(table)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, table, 0).sum(axis=0) / known.sum(axis=0))
