"""Train as the recipe's evaluation section says, and keep predictions for images the model did not train on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from learning.recipe import Recipe
from learning.toolkit.data import Examples, Floats, Indices
from learning.toolkit.predict import predict
from learning.toolkit.reports import EpochReport, FitResult
from learning.toolkit.splits import Split, grouped_holdout, grouped_kfold
from learning.toolkit.train import fit


@dataclass(frozen=True, slots=True)
class Outcome:
    """The trained model with its honest predictions.

    rows           rows of the examples that were held out: a share, or all of them under cross-validation.
    probabilities  len(rows) x F, each by a model that did not see the patient.
    folds          the fold of each row; 0 everywhere without cross-validation.
    """

    fit: FitResult
    rows: Indices
    probabilities: Floats
    folds: Indices


def fit_by_evaluation(
    examples: Examples,
    recipe: Recipe,
    *,
    workdir: Path,
    resume: bool = False,
    on_epoch: Callable[[int, EpochReport], None] = lambda fold, report: None,
    should_stop: Callable[[], bool] = lambda: False,
    extra: Examples | None = None,
    init_state: Path | None = None,
    device: str = "auto",
) -> Outcome:
    """Hold out a share of the patients, or cross-validate and then train once more on everything.

    After cross-validation the model is trained on all examples for the median of the epochs that the folds kept.
    `on_epoch` gets the fold's number from 0; the final training on everything reports as fold k. Raises as `train.fit`
    does.
    """

    def train(rows: Indices, held: Indices | None, fold: int, settings: Recipe) -> FitResult:
        kept_apart = set() if held is None else {examples.patients[i] for i in held}
        return fit(
            examples.take(rows),
            None if held is None else examples.take(held),
            settings,
            workdir=workdir / f"fold-{fold}",
            resume=resume,
            on_epoch=lambda report: on_epoch(fold, report),
            should_stop=should_stop,
            extra=None if extra is None else _without(extra, kept_apart),
            init_state=init_state,
            device=device,
        )

    splits = _splits(examples, recipe)
    results, tables = [], []
    for fold, (rows, held) in enumerate(splits):
        result = train(rows, held, fold, recipe)
        results.append(result)
        tables.append(predict(result.model, examples.images[held], device=device).probabilities)
        if result.stopped_because == "cancelled":
            break
    final = results[-1]
    if len(splits) > 1 and final.stopped_because != "cancelled":
        epochs = max(1, round(median(result.kept_epoch for result in results)))
        schedule = recipe.optimiser.model_copy(update={"max_epochs": epochs, "max_steps": None, "patience": 0})
        everything = np.arange(len(examples))
        final = train(everything, None, len(splits), recipe.model_copy(update={"optimiser": schedule}))
    done = splits[: len(tables)]
    return Outcome(
        fit=final,
        rows=np.concatenate([held for _, held in done]),
        probabilities=np.concatenate(tables),
        folds=np.concatenate([np.full(len(held), fold) for fold, (_, held) in enumerate(done)]),
    )


def _splits(examples: Examples, recipe: Recipe) -> list[Split]:
    part = recipe.evaluation
    if part.kind == "kfold":
        return grouped_kfold(examples.patients, examples.targets, k=part.folds, seed=recipe.seed)
    return [grouped_holdout(examples.patients, examples.targets, fraction=part.fraction, seed=recipe.seed)]


def _without(extra: Examples, patients: set[str]) -> Examples | None:
    rows = [i for i, patient in enumerate(extra.patients) if patient not in patients]
    return extra.take(rows) if rows else None
