"""One training of a comparison: an arm with a seed on all folds but one, and its word on that fold."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from learning.recipe import Recipe
from learning.toolkit.baselines import predict_baseline
from learning.toolkit.checkpoint import CheckpointError
from learning.toolkit.crossfit import chooses_epoch
from learning.toolkit.data import DataError, Examples, Floats, Indices
from learning.toolkit.prediction import predict
from learning.toolkit.reports import EpochReport, FitResult
from learning.toolkit.search import search
from learning.toolkit.splits import grouped_holdout
from learning.toolkit.train import fit


@dataclass(frozen=True, slots=True)
class Trained:
    """Probabilities of the held-out rows, N x F, and the seconds of training, those before an interruption too."""

    probabilities: Floats
    seconds: float


def train_and_predict(
    train: Examples,
    held: Examples,
    recipe: Recipe,
    *,
    workdir: Path,
    init_state: Path | None = None,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    should_stop: Callable[[], bool] = lambda: False,
    device: str = "auto",
) -> Trained | None:
    """Train on `train` and predict the images of `held`, whose answers are not looked at. None when stopped.

    Settings that the recipe searches for are chosen on inner folds of `train`. Where it stops early or keeps its best
    epoch, a share of the training patients (`recipe.evaluation.fraction`) chooses it, drawn by the recipe's seed and
    so the same for every arm; with too few patients for that the last epoch counts.

    Goes on from checkpoints in `workdir`; one that cannot be used costs time only. Raises as `train.fit` does, and
    DataError when a patient is on both sides.
    """
    shared = set(train.patients) & set(held.patients)
    if shared:
        raise DataError(f"{len(shared)} patients are in training and held out, among them {min(shared)!r}.")
    spent = 0.0

    def part(rows: Indices, watched: Indices | None, settings: Recipe, folder: Path) -> FitResult:
        nonlocal spent
        val = None if watched is None else train.take(watched)
        how: dict[str, Any] = {"should_stop": should_stop, "init_state": init_state, "device": device}
        if folder == workdir:
            how["on_epoch"] = on_epoch
        try:
            result = fit(train.take(rows), val, settings, workdir=folder, resume=True, **how)
        except CheckpointError:
            result = fit(train.take(rows), val, settings, workdir=folder, resume=False, **how)
        if result.stopped_because == "cancelled":
            raise _Stopped
        spent += sum(report.seconds for report in result.history)
        return result

    try:
        found = search(train, np.arange(len(train)), recipe, part, folder=workdir / "search")
        result = part(*inner_split(train, found.recipe), found.recipe, workdir)
    except _Stopped:
        return None
    return Trained(predict(result.model, held.images, device=device).probabilities, spent)


class _Stopped(Exception):
    pass


def inner_split(train: Examples, recipe: Recipe) -> tuple[Indices, Indices | None]:
    """Rows to learn from and rows that choose the epoch; None where nothing is chosen or patients are too few."""
    everything = np.arange(len(train))
    if not chooses_epoch(recipe):
        return everything, None
    try:
        rows, val = grouped_holdout(
            train.patients, train.targets, fraction=recipe.evaluation.fraction, seed=recipe.seed
        )
    except DataError:
        return everything, None
    return (rows, val) if len(rows) >= 2 and len(val) else (everything, None)


def trivial_arm(train: Examples, held: Examples, recipe: Recipe) -> Floats:
    """C6: logistic regression on mean, deviation and histogram of brightness."""
    return np.asarray(predict_baseline("trivial", train, held.images, recipe.input), np.float32)

