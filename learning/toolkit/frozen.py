"""Features of a network that does not learn, with a linear classifier on them, folded into the network's head.

Off-the-shelf features (Razavian et al. 2014): fewer weights to learn than cases, so little to learn by heart.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from learning.recipe import Recipe
from learning.toolkit.data import DataError, Examples, Floats, check_parts
from learning.toolkit.device import choose_device
from learning.toolkit.linear import Linear, Matrix, Resample, fit_linear
from learning.toolkit.nets import Network, build_network
from learning.toolkit.objective import make_objective
from learning.toolkit.oversampling import oversample
from learning.toolkit.prediction import predict
from learning.toolkit.reports import EpochReport, FitResult
from learning.toolkit.streams import Streams
from learning.toolkit.weights import start_from


class _Cancelled(Exception):
    pass


def fit_frozen(
    train: Examples,
    val: Examples | None,
    recipe: Recipe,
    *,
    init_state: Path | None = None,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    should_stop: Callable[[], bool] = lambda: False,
    extra: Examples | None = None,
    device: str = "auto",
) -> FitResult:
    """One linear classifier per finding on the network's features; nothing else is trained.

    Features have unit length, as classifiers on them expect; images are not altered. `val` is only judged: C is
    chosen within the training patients. Quick enough to begin again after an interruption, with the same result.

    Raises DataError for a finding with one class, naming it, and as `train.fit` does.
    """
    check_parts(train, val, extra)
    began = time.perf_counter()
    streams = Streams(recipe.seed)
    target = choose_device(device)
    model = build_network(recipe, train.findings, seed=streams.seed("initialisation")).to(target).eval()
    start = start_from(model, init_state, recipe.start.weights) if init_state is not None else None
    rows = _with_pseudolabels(train, extra, recipe)
    sides = _sides(rows, recipe)

    def go_on(done: int) -> None:
        if should_stop():
            raise _Cancelled

    try:
        features = predict(model, rows.images, device=device, on_batch=go_on).embeddings
        seen = predict(model, val.images, device=device, on_batch=go_on).embeddings if val is not None else None
    except _Cancelled:
        return FitResult(model, [], 0, "cancelled", (), start=start)
    chosen, notes = _learn(model, features, rows, sides, recipe)
    report = _report(model, features[: len(train)], train, seen, val, recipe, target, began)
    if start is not None:
        notes = [start.sentence, *notes]
    report = EpochReport(**{**report.as_dict(), "notes": tuple(notes)})
    on_epoch(report)
    return FitResult(model, [report], 1, "finished", tuple(notes), start=start, chosen={"classifier": chosen})


def _learn(
    model: Network, features: Floats, rows: Examples, sides: list[npt.NDArray[np.int64]], recipe: Recipe
) -> tuple[list[dict[str, Any]], list[str]]:
    """Write the classifiers into the head; what was tried, and the sentences for the log."""
    columns: list[Linear] = []
    told: list[dict[str, Any]] = []
    notes: list[str] = []
    names = rows.findings if recipe.targets.kind != "multiclass" else (", ".join(rows.findings),)
    for column, (name, side) in enumerate(zip(names, sides, strict=True)):
        known = np.flatnonzero(side >= 0)
        weights = rows.weights[known, column]
        found = fit_linear(
            features[known],
            side[known],
            weights,
            [rows.patients[i] for i in known],
            kind=recipe.tuning.classifier,
            folds=recipe.tuning.inner_folds,
            balanced=recipe.imbalance.class_weights != "none",
            seed=recipe.seed,
            resample=_resampler(recipe),
        )
        columns.append(found)
        told.append({"finding": name, "c": found.c, "tried": [list(pair) for pair in found.tried]})
        notes.append(_sentence(name, found))
    with torch.no_grad():
        weight, bias = np.concatenate([one.weight for one in columns]), np.concatenate([one.bias for one in columns])
        assert isinstance(model.head, nn.Linear)
        model.head.weight.copy_(torch.from_numpy(weight))
        model.head.bias.copy_(torch.from_numpy(bias))
    return told, notes


def _resampler(recipe: Recipe) -> Resample | None:
    """Synthetic rare cases among the features; the same ones whenever it is asked again."""
    kind = recipe.imbalance.embeddings
    if kind == "none":
        return None

    def resample(x: Matrix, y: npt.NDArray[np.int64]) -> tuple[Matrix, npt.NDArray[np.int64]]:
        features, sides = oversample(x, y, kind, generator=np.random.default_rng(recipe.seed))
        return features, sides.astype(np.int64)

    return resample


def _sentence(name: str, found: Linear) -> str:
    if not found.tried:
        return (
            f"{name}: too few patients of one class to choose by, so a strong regularisation was taken "
            f"(logistic regression, C = {found.c:g})."
        )
    best = dict(found.tried)[found.c]
    return (
        f"{name}: C = {found.c:g} of {len(found.tried)} tried, area {best:.3f} on training patients kept aside "
        "inside."
    )


def _sides(rows: Examples, recipe: Recipe) -> list[npt.NDArray[np.int64]]:
    """Per classifier, the class of each row and -1 where it is not known. Raises DataError for a single class."""
    targets, known = rows.targets, rows.known()
    if recipe.targets.kind == "multiclass":
        classes = np.where(known.all(axis=1), np.nan_to_num(targets).argmax(axis=1), -1)
        missing = [name for i, name in enumerate(rows.findings) if not (classes == i).any()]
        if missing:
            raise DataError(
                f"No training image is of class {missing[0]}; a classifier needs some of every class. Read more cases."
            )
        return [classes]
    sides = []
    for column, code in enumerate(rows.findings):
        usable = known[:, column] & (targets[:, column] != 0.5)
        side = np.where(usable, np.nan_to_num(targets[:, column]) > 0.5, -1).astype(np.int64)
        if len(np.unique(side[usable])) < 2:
            n = int(usable.sum())
            answer = "present" if n and side[usable][0] else "absent"
            what = f"in all {n} assessed training images it is {answer}" if n else "no training image was assessed"
            raise DataError(
                f"Finding {code}: {what}; a linear classifier needs both classes. Read more cases, or leave the "
                "finding out under Targets."
            )
        sides.append(side)
    return sides


def _with_pseudolabels(train: Examples, extra: Examples | None, recipe: Recipe) -> Examples:
    weight = recipe.pseudolabels.weight
    if extra is None or not weight or not extra.known().any():
        return train
    weight *= min(1.0, len(extra) / len(train))
    return Examples(
        images=np.concatenate([np.asarray(train.images), np.asarray(extra.images)]),
        targets=np.concatenate([train.targets, extra.targets]),
        weights=np.concatenate([train.weights, extra.weights * np.float32(weight)]),
        patients=train.patients + extra.patients,
        keys=train.keys + extra.keys,
        findings=train.findings,
    )


def _report(
    model: Network,
    features: Floats,
    train: Examples,
    seen: Floats | None,
    val: Examples | None,
    recipe: Recipe,
    device: torch.device,
    began: float,
) -> EpochReport:
    def losses(embeddings: Floats, examples: Examples) -> tuple[float, torch.Tensor, torch.Tensor]:
        targets = torch.from_numpy(examples.targets).to(device)
        weights = torch.from_numpy(examples.weights * examples.known()).to(device)
        with torch.inference_mode():
            logits = model.head(torch.from_numpy(embeddings).to(device))
            loss = objective.loss(logits, targets, weights, training=False, share=1.0)
        return float(loss), logits, targets

    objective = make_objective(
        recipe,
        torch.from_numpy(train.targets).to(device),
        torch.from_numpy(train.weights * train.known()).to(device),
    )
    train_loss = losses(features, train)[0]
    val_loss, areas = None, {}
    if val is not None and seen is not None and val.known().any():
        val_loss, logits, targets = losses(seen, val)
        areas = objective.metrics(logits, targets, train.findings)
    return EpochReport(
        epoch=1, epochs=1, step=0, train_loss=train_loss, val_loss=val_loss, val_auroc=areas, learning_rate=0.0,
        gradient_norms={}, is_best=True, seconds=time.perf_counter() - began, seconds_left=0.0, figure=objective.figure,
    )


