"""C2 and C4: what labels that mean nothing or the opposite give, and how many labels were read."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from learning.toolkit.controls.control import Control
from learning.toolkit.controls.strategy import Pipeline
from learning.toolkit.data import Examples
from learning.toolkit.ranks import auroc


class BudgetExceeded(RuntimeError):
    """A strategy asked for more labels than it was given (C4)."""


class Oracle:
    """Knows all answers, counts each row it reveals, and refuses beyond its budget (C4).

    >>> oracle = Oracle(np.array([[1.0], [0.0]]), budget=1)
    >>> oracle.read([1]).tolist(), oracle.spent
    ([[0.0]], 1)
    """

    def __init__(self, answers: Any, *, budget: int) -> None:
        self._answers = np.asarray(answers)
        self._budget = budget
        self._read: set[int] = set()

    @property
    def budget(self) -> int:
        """Rows that may be read."""
        return self._budget

    @property
    def spent(self) -> int:
        """Rows read so far; a row read twice counts once."""
        return len(self._read)

    def read(self, rows: Sequence[int]) -> Any:
        """Answers to `rows`. Raises BudgetExceeded, and then reveals nothing."""
        after = self._read | {int(row) for row in rows}
        if len(after) > self._budget:
            raise BudgetExceeded(f"{len(after)} labels were asked for; the budget is {self._budget}.")
        self._read = after
        return self._answers[list(rows)]


def label_ledger(oracle: Oracle) -> Control:
    """C4: exactly the budget was read, validation labels included."""
    return Control(
        "C4 label ledger", oracle.spent == oracle.budget, f"{oracle.spent} labels read of {oracle.budget} allowed"
    )


def shuffled_labels(train: Examples, test: Examples, pipeline: Pipeline, *, seed: int) -> Control:
    """C2: where labels mean nothing, the AUROC is 0.5 within 0.06, or within 3 standard errors on few cases.

    `pipeline` trains on its first argument and gives N x F probabilities for the images of its second, whose
    labels it must not read. Labels are shuffled in both: a model of noise may order the true labels either way
    by chance along one strong feature, so that the true ones would test nothing.
    """
    rng = np.random.default_rng(seed)
    blind, judge = _shuffled(train, rng), _shuffled(test, rng)
    found = _areas(pipeline(blind, judge), judge.targets)
    passed = bool(found) and all(abs(area - 0.5) <= allowed for area, allowed in found)
    told = ", ".join(f"{abs(area - 0.5):.3f} of {allowed:.3f} allowed" for area, allowed in found)
    return Control("C2 shuffled labels", passed, f"AUROC differs from 0.5 by {told}")


def turned_labels(train: Examples, test: Examples, pipeline: Pipeline) -> Control:
    """C4: taught that present is absent and absent present, it must be wrong, or at a loss.

    Whatever still ranks the true answers of `test` right knows them from elsewhere: from an array that it shares, a
    closure, a file, weights that learned them, or a rule that its author knew. One-sided, with the allowance of C2.

    Not seen: choices made beforehand by all answers (features, settings, the idea itself), which are turned with the
    labels; and a function that compares what it is given with what it knows, and behaves while it is being tested.
    """
    found = _areas(pipeline(replace(train, targets=1 - train.targets), test), test.targets)
    passed = bool(found) and all(area - 0.5 <= allowed for area, allowed in found)
    told = ", ".join(f"{area:.3f} of {0.5 + allowed:.3f} allowed" for area, allowed in found)
    return Control("C4 labels turned round", passed, f"AUROC of the true answers after learning the opposite {told}")


def _areas(p: Any, targets: Any) -> list[tuple[float, float]]:
    """Per finding with both classes the AUROC, and how far from 0.5 chance may take it."""
    found = []
    for i in range(targets.shape[1]):
        area, t = auroc(p[:, i], targets[:, i]), targets[:, i]
        if area is not None:
            n_pos, n_neg = int((t == 1).sum()), int((t == 0).sum())
            error = np.sqrt((n_pos + n_neg + 1) / (12 * n_pos * n_neg))
            found.append((float(area), max(0.06, 3 * float(error))))
    return found


def _shuffled(examples: Examples, rng: np.random.Generator) -> Examples:
    order = rng.permutation(len(examples))
    return replace(examples, targets=examples.targets[order], weights=examples.weights[order])
