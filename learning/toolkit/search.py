"""Settings chosen by trials on inner folds, so that the cases that judge have no say (nested cross-validation)."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from learning.recipe import Recipe, load_recipe
from learning.toolkit.data import Examples, Indices
from learning.toolkit.prediction import predict
from learning.toolkit.ranks import auroc
from learning.toolkit.reports import FitResult
from learning.toolkit.splits import grouped_kfold

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

_FIRST_AT_RANDOM = 5
"""Trials before the estimator begins to learn from them."""


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a setting, in its own unit; `log` where its size matters rather than its amount."""

    low: float
    high: float
    log: bool = False

    def suggest(self, trial: "BaseTrial", name: str) -> float:
        """The trial's value of the setting."""
        return float(trial.suggest_float(name, self.low, self.high, log=self.log))


SPACES: dict[str, Range] = {
    "optimiser.learning_rate": Range(1e-4, 2e-2, log=True),
    "regularisation.weight_decay": Range(1e-4, 2e-1, log=True),
    "regularisation.dropout_hidden": Range(0.0, 0.7),
    "regularisation.label_smoothing": Range(0.0, 0.2),
}
"""What can be searched for; the keys are the recipe's `Tunable`."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Settings that were tried, and the macro AUROC on the inner folds (higher is better)."""

    settings: dict[str, float]
    value: float


@dataclass(frozen=True, slots=True)
class Found:
    """The recipe with the best trial's settings, and all trials in order; none where nothing is searched for."""

    recipe: Recipe
    trials: tuple[Trial, ...] = ()

    @property
    def best(self) -> Trial | None:
        """The first of the best."""
        return max(self.trials, key=lambda trial: trial.value, default=None)


TrainPart = Callable[[Indices, Indices | None, Recipe, Path], FitResult]
"""Trains on rows, watched by rows or by nobody, in a folder."""


def search(examples: Examples, rows: Indices, recipe: Recipe, train: TrainPart, *, folder: Path) -> Found:
    """The best of `recipe.evaluation.trials` settings for training on `rows`, judged on inner folds of these alone.

    The first trial is the recipe as it is, so that a search can only add. The same seed proposes the same settings;
    values of finished trials are kept in `folder`, so a search that was killed goes on where it was.

    A cancelled search gives the recipe as it is. Raises as `train` does; DataError with fewer patients than inner
    folds.
    """
    part = recipe.evaluation
    if not part.tune:
        return Found(recipe)
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=recipe.seed, n_startup_trials=_FIRST_AT_RANDOM)
    study = optuna.create_study(sampler=sampler, direction="maximize")
    study.enqueue_trial({name: _clipped(recipe, name) for name in part.tune})
    kept, trials = _Kept(folder / "trials.json", recipe, examples, rows), list[Trial]()
    for number in range(part.trials):
        trial = study.ask()
        settings: dict[str, float] = {name: SPACES[name].suggest(trial, name) for name in part.tune}
        value = kept.value(number, settings)
        if value is None:
            value = _judge(examples, rows, with_settings(recipe, settings), train, folder / f"trial-{number}")
            if value is None:
                return Found(recipe, tuple(trials))
            kept.add(settings, value)
        study.tell(trial, value)
        trials.append(Trial(settings, value))
    found = Found(recipe, tuple(trials))
    assert found.best is not None
    return Found(with_settings(recipe, found.best.settings), found.trials)


def with_settings(recipe: Recipe, settings: dict[str, float]) -> Recipe:
    """The recipe with dotted fields set, validated again.

    >>> with_settings(load_recipe({}), {"optimiser.learning_rate": 0.01}).optimiser.learning_rate
    0.01
    """
    data: dict[str, Any] = recipe.model_dump(mode="json")
    for name, value in settings.items():
        section, _, field = name.partition(".")
        data[section][field] = value
    return load_recipe(data)


def _clipped(recipe: Recipe, name: str) -> float:
    section, _, field = name.partition(".")
    return float(np.clip(getattr(getattr(recipe, section), field), SPACES[name].low, SPACES[name].high))


def _judge(examples: Examples, rows: Indices, recipe: Recipe, train: TrainPart, folder: Path) -> float | None:
    """Mean AUROC over findings of all inner held-out cases together; 0.5 where no finding has both classes.

    None when a training was cancelled.
    """
    inside = examples.take(rows)
    table = np.full(inside.targets.shape, np.nan)
    n_findings = len(inside.findings)
    folds = grouped_kfold(inside.patients, inside.targets, k=recipe.evaluation.inner_folds, seed=recipe.seed)
    for fold, (some, held) in enumerate(folds):
        result = train(rows[some], None, recipe, folder / f"inner-{fold}")
        if result.stopped_because == "cancelled":
            return None
        table[held] = predict(result.model, inside.images[held]).probabilities
    shutil.rmtree(folder, ignore_errors=True)
    areas = [auroc(table[:, i], inside.targets[:, i]) for i in range(n_findings)]
    known = [area for area in areas if area is not None]
    return float(np.mean(known)) if known else 0.5


class _Kept:
    """Values of finished trials on disk, for this recipe and these cases alone."""

    def __init__(self, path: Path, recipe: Recipe, examples: Examples, rows: Indices) -> None:
        self._path, self._key = path, f"{recipe.model_dump_json()} {examples.take(rows).fingerprint()}"
        self._entries: list[dict[str, Any]] = []
        if path.exists():
            state = json.loads(path.read_text(encoding="utf-8"))
            self._entries = state["trials"] if state["key"] == self._key else []

    def value(self, number: int, settings: dict[str, float]) -> float | None:
        """Of the trial of this number, if it is known with the same settings."""
        if number >= len(self._entries) or self._entries[number]["settings"] != settings:
            return None
        return float(self._entries[number]["value"])

    def add(self, settings: dict[str, float], value: float) -> None:
        self._entries.append({"settings": settings, "value": value})
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps({"key": self._key, "trials": self._entries}), encoding="utf-8")
        partial.replace(self._path)
