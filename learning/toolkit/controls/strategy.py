"""A strategy as the harness sees it: a knob of the recipe, when it does nothing, and when it does something."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from learning.recipe import Recipe, load_recipe
from learning.toolkit.data import Examples
from learning.toolkit.nets import Network
from learning.toolkit.prediction import predict
from learning.toolkit.reports import FitResult
from learning.toolkit.train import fit

Settings = Mapping[str, Mapping[str, Any]]
Pipeline = Callable[[Examples, Examples], Any]
"""Trains on its first argument, gives N x F probabilities for the images of its second; must not read its labels."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """How a strategy is switched on and off in a recipe.

    on        sections of the recipe that use it, `{"imbalance": {"loss": "focal", "gamma": 2.0}}`.
    knob      dotted field that says how much of it, `imbalance.gamma`; empty where there is no such amount: a
              discrete strategy is checked on and off alone.
    zero      the knob's value at which nothing happens.
    off       for a discrete strategy: sections that spell out doing without it (none: the base recipe).
    gradient  name of its own term among the gradient norms of an epoch; empty where it has no term of its own.
    how       further arguments of `train.fit` that it needs (`extra`, `init_state`).
    """

    name: str
    on: Settings
    knob: str = ""
    zero: float = 0.0
    off: Settings = field(default_factory=dict)
    gradient: str = ""
    how: Mapping[str, Any] = field(default_factory=dict)

    def recipe(self, base: Recipe, amount: float | None = None) -> Recipe:
        """`base` with the strategy on, and the knob at `amount` if it is given. Raises RecipeError."""
        settings = changed(base, self.on)
        if amount is not None:
            section, _, name = self.knob.partition(".")
            settings = changed(settings, {section: {name: amount}})
        return settings

    def without(self, base: Recipe) -> Recipe:
        """`base` with the strategy present and switched off."""
        return self.recipe(base, self.zero) if self.knob else changed(base, self.off)

    def fit(self, train: Examples, val: Examples | None, recipe: Recipe, workdir: Path) -> FitResult:
        """Train with what the strategy needs besides the recipe."""
        return fit(train, val, recipe, workdir=workdir, device="cpu", **self.how)

    def ask(self, model: Network, test: Examples) -> Any:
        """N x F probabilities for the images of `test`, whose answers are not looked at."""
        return predict(model, test.images, device="cpu").probabilities

    def pipeline(self, base: Recipe, *, workdir: Path) -> Pipeline:
        """Train with the strategy on, then predict."""

        def run(train: Examples, test: Examples) -> Any:
            return self.ask(self.fit(train, None, self.recipe(base), workdir).model, test)

        return run


def changed(base: Recipe, settings: Settings) -> Recipe:
    """`base` with fields of its sections set, validated again. Raises RecipeError."""
    data: dict[str, Any] = base.model_dump(mode="json")
    for section, fields in settings.items():
        data[section] = {**data[section], **fields}
    return load_recipe(data)


def supervised(recipe: Recipe, *, workdir: Path) -> Pipeline:
    """The plain pipeline: train by `recipe` for all its epochs, then predict."""
    return PLAIN.pipeline(recipe, workdir=workdir)


PLAIN = Strategy("plain", {})
