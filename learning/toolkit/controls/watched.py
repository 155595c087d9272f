"""C4 as observed: examples that count whose answers are read."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from learning.toolkit.controls.labels import Oracle
from learning.toolkit.data import Examples, Floats, Indices


class Watched(Examples):
    """Examples whose answers come from an oracle, which counts their rows and refuses beyond its budget.

    Looking at `targets` reads all rows of it, so the count is an upper bound of what was used; `take` reads nothing
    until the part that was taken is looked at.
    """

    __slots__ = ("_hidden", "_oracle", "_rows")
    _hidden: Examples
    _oracle: Oracle
    _rows: Indices

    def __init__(self, examples: Examples, oracle: Oracle, rows: npt.ArrayLike) -> None:
        hidden = replace(examples, targets=np.full_like(examples.weights, np.nan))
        for name in ("images", "weights", "patients", "keys", "findings"):
            object.__setattr__(self, name, getattr(hidden, name))
        object.__setattr__(self, "_hidden", hidden)
        object.__setattr__(self, "_oracle", oracle)
        object.__setattr__(self, "_rows", np.asarray(rows, dtype=np.int64))

    @property
    def targets(self) -> Floats:  # type: ignore[override]
        """N x F answers. Raises BudgetExceeded."""
        answers: Floats = self._oracle.read(self._rows.tolist())
        return answers

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, rows: npt.ArrayLike) -> "Watched":
        """As of `Examples`; nothing is read yet."""
        index = np.asarray(rows, dtype=np.int64)
        return Watched(self._hidden.take(index), self._oracle, self._rows[index])


def watched(*parts: Examples, budget: int) -> tuple[Oracle, tuple[Watched, ...]]:
    """The parts over one oracle that reveals `budget` of their rows, whichever are asked for first."""
    oracle = Oracle(np.concatenate([part.targets for part in parts]), budget=budget)
    ends = np.cumsum([len(part) for part in parts])
    places: list[Any] = np.split(np.arange(ends[-1]), ends[:-1])
    return oracle, tuple(Watched(part, oracle, rows) for part, rows in zip(parts, places, strict=True))
