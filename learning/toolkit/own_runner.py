"""Calls a researcher's own function: what it is handed over, under fingerprint, and what it must return."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from learning.toolkit.controls import Given, fingerprint
from learning.toolkit.data import DataError, Examples, Floats
from learning.toolkit.splits import Split, grouped_holdout

VALIDATION = 0.2


class Predictor(Protocol):
    """What a strategy returns."""

    def predict(self, images: Any) -> Any:
        """N x F probabilities of N images as stored."""


OwnStrategy = Callable[[Examples, Examples | None, int, float], Predictor]


class StrategyError(ValueError):
    """The function does not keep the contract; the message says where."""


class Runner:
    """Calls the function with what it may see, and checks what it returns.

    calls  one entry for each, in order.
    """

    def __init__(self, strategy: OwnStrategy, examples: Examples, splits: list[Split]) -> None:
        self.strategy, self.examples, self.splits = strategy, examples, splits
        self.calls: list[Given] = []

    def parts(self, fold: int, seed: int) -> tuple[Examples, Examples | None, Examples]:
        """Training, validation (the same patients whatever the knob) and held-out cases of a fold."""
        rows, held = self.splits[fold]
        some, val = inner(self.examples.take(rows), seed)
        return some, val, self.examples.take(held)

    def table(self, fold: int, seed: int, knob: float) -> Floats:
        """N x F probabilities of the fold's held-out cases. Raises StrategyError."""
        train, val, held = self.parts(fold, seed)
        return self.ask(train, val, held.images, int(seed), knob, fold=fold)

    def ask(
        self, train: Examples, val: Examples | None, images: Any, seed: int, knob: float, *, fold: int = 0
    ) -> Floats:
        """Train and predict; the held-out answers are nowhere in what is handed over. Raises StrategyError."""
        some, few, asked = _sealed(train), None if val is None else _sealed(val), np.array(images)
        before = fingerprint(some, few, images=asked)
        try:
            predictor = self.strategy(some, few, seed, knob)
        except Exception as error:
            raise StrategyError(f"The function failed: {type(error).__name__}: {error}") from error
        if not callable(getattr(predictor, "predict", None)):
            name = type(predictor).__name__
            raise StrategyError(f"The function returned a {name}; an object with predict is needed.")
        table = np.asarray(predictor.predict(asked.copy()), dtype=np.float64)
        self.calls.append(Given(fold, seed, knob, before, fingerprint(some, few, images=asked)))
        if table.shape != (len(images), len(train.findings)):
            raise StrategyError(
                f"predict gave {table.shape} for {len(images)} images and {len(train.findings)} findings; "
                "N x F probabilities are needed."
            )
        if not np.isfinite(table).all() or table.min() < 0 or table.max() > 1:
            raise StrategyError("predict gave numbers outside 0 to 1; probabilities are needed.")
        return table.astype(np.float32)

    @contextmanager
    def turned_where_they_lie(self, fold: int) -> Iterator[bool]:
        """While it lasts the fold's held-out answers are their opposite, in the very array of the caller.

        Gives False, and turns nothing, where that array can't be written into.
        """
        targets, held = self.examples.targets, self.splits[fold][1]
        before = targets[held]
        if targets.flags.writeable:
            targets[held] = 1 - before
        try:
            yield targets.flags.writeable
        finally:
            if targets.flags.writeable:
                targets[held] = before


def inner(examples: Examples, seed: int) -> tuple[Examples, Examples | None]:
    """Training and validation patients; none of the latter where there are too few."""
    try:
        rows, val = grouped_holdout(examples.patients, examples.targets, fraction=VALIDATION, seed=int(seed))
    except DataError:
        return examples, None
    return examples.take(rows), examples.take(val)


def _sealed(examples: Examples) -> Examples:
    """A copy that the function may not write into."""
    images, targets, weights = np.array(examples.images), examples.targets.copy(), examples.weights.copy()
    for table in (images, targets, weights):
        table.flags.writeable = False
    return replace(examples, images=images, targets=targets, weights=weights)
