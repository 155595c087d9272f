"""Incremental tuning: one more stage from the top learns at a time, and how many is chosen among training patients.

Tajbakhsh et al. 2016. Depth 0 is the head alone; each depth goes on from the weights of the one before, for an equal
part of the recipe's steps. The patients that judge the run take no part in the choice.
"""

import math
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from learning.recipe import Recipe
from learning.toolkit.checkpoint import write_checkpoint
from learning.toolkit.data import DataError, Examples, Indices, check_parts
from learning.toolkit.depths import DepthPoint, choose_depth, curve_sentence, judged, point_of, remember, remembered
from learning.toolkit.nets import build_network
from learning.toolkit.reports import EpochReport, FitResult
from learning.toolkit.resume import identity_of
from learning.toolkit.splits import grouped_kfold
from learning.toolkit.trainer import Trainer

CURVE = "depths.json"


@dataclass(frozen=True, slots=True)
class Chain:
    """How every chain of phases of one incremental training is run."""

    recipe: Recipe
    init_state: Path | None
    should_stop: Callable[[], bool]
    device: str
    resume: bool

    def climb(
        self,
        train: Examples,
        val: Examples | None,
        extra: Examples | None,
        *,
        depths: int,
        of: int,
        folder: Path,
        is_inner: bool,
        on_epoch: Callable[[int, int, EpochReport], None],
    ) -> list[FitResult]:
        """Depths 0 to `depths` in turn; the last result may be a cancelled one.

        on_epoch  gets the depth, the number of epochs of the depths before, and the report.
        """
        done: list[FitResult] = []
        start = self.init_state
        for depth in range(depths + 1):
            before = sum(len(result.history) for result in done)
            recipe = phase_recipe(self.recipe, depth, of, is_inner=is_inner)
            trainer = Trainer(train, val, recipe, workdir=folder / f"depth-{depth}", extra=extra, device=self.device)
            trainer.start(resume=self.resume, init_state=start, is_own=depth > 0)
            result = trainer.run(
                on_epoch=partial(on_epoch, depth, before),
                should_stop=self.should_stop,
            )
            done.append(result)
            if result.stopped_because == "cancelled":
                break
            if depth < depths:
                start = folder / f"from-depth-{depth}.safetensors"
                write_checkpoint(start, result.model.state_dict(), {})
        return done


def fit_incremental(
    train: Examples,
    val: Examples | None,
    recipe: Recipe,
    *,
    workdir: Path,
    resume: bool = False,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    should_stop: Callable[[], bool] = lambda: False,
    extra: Examples | None = None,
    init_state: Path | None = None,
    device: str = "auto",
) -> FitResult:
    """Choose the depth on inner folds of the training patients, then climb to it on all of them.

    Inner epochs are reported with `inner` set and are no part of the result's history. Resumes at the phase it was
    in. Raises as `train.fit` does, and DataError with fewer than two training patients.
    """
    check_parts(train, val, extra)
    names = [name for name, _ in build_network(recipe, train.findings, seed=0).stages]
    if not names:
        raise DataError(f"{recipe.network.name} has no stages to free one by one; choose another tuning.")
    most = min(recipe.tuning.most_stages or len(names), len(names))
    chain = Chain(recipe, init_state, should_stop, device, resume)
    curve = _curve(chain, train, extra, most, names, workdir, on_epoch)
    if curve is None:
        model = build_network(recipe, train.findings, seed=0).eval()
        return FitResult(model, [], 0, "cancelled", ("Cancelled while the depth was chosen.",))
    depth = choose_depth(curve)
    note = curve_sentence(curve, depth, recipe.tuning.inner_folds)

    def final(phase: int, before: int, report: EpochReport) -> None:
        number, total = before + report.epoch, report.epochs * (depth + 1)
        notes = (note, *report.notes) if number == 1 else report.notes
        done = (recipe.tuning.inner_folds + min(1.0, number / total)) / (recipe.tuning.inner_folds + 1)
        on_epoch(replace(report, epoch=number, epochs=total, notes=notes, done=done))

    results = chain.climb(
        train, val, extra, depths=depth, of=most + 1, folder=workdir / "climb", is_inner=False, on_epoch=final
    )
    last, offset, whole = results[-1], 0, []
    for result in results:
        whole += [replace(r, epoch=offset + r.epoch, epochs=r.epochs * (depth + 1)) for r in result.history]
        offset += len(result.history)
    return FitResult(
        last.model,
        whole,
        _schedule_epochs(recipe, len(train)),
        last.stopped_because,
        (note, *results[0].notes),
        start=results[0].start,
        chosen={"depth": depth, "curve": [asdict(point) for point in curve]},
    )


def phase_recipe(recipe: Recipe, depth: int, of: int, *, is_inner: bool) -> Recipe:
    """The shallow training that one phase is: `depth` stages free, an equal part of the steps."""
    optimiser = recipe.optimiser
    if optimiser.max_steps is not None:
        length: dict[str, Any] = {"max_steps": max(1, optimiser.max_steps // of)}
    else:
        length = {"max_epochs": max(1, optimiser.max_epochs // of)}
    if is_inner:
        length |= {"patience": 0, "keep": "last"}
    if optimiser.seconds is not None:
        length["seconds"] = optimiser.seconds / of
    return recipe.model_copy(
        update={
            "optimiser": optimiser.model_copy(update=length),
            "tuning": recipe.tuning.model_copy(update={"stages": depth}),
        }
    )


def _curve(
    chain: Chain,
    train: Examples,
    extra: Examples | None,
    most: int,
    names: list[str],
    workdir: Path,
    on_epoch: Callable[[EpochReport], None],
) -> list[DepthPoint] | None:
    """Inner loss and area of each depth; None when cancelled. Finished folds are remembered in the work folder."""
    recipe = chain.recipe
    splits = _inner_splits(train, recipe)
    identity = identity_of(recipe, train, None, extra)
    path = workdir / CURVE
    folds = remembered(path, identity) if chain.resume else []
    for fold in range(len(folds), len(splits)):
        rows, held = splits[fold]

        def told(depth: int, before: int, report: EpochReport, fold: int = fold) -> None:
            part = (fold + (depth + report.epoch / report.epochs) / (most + 1)) / (len(splits) + 1)
            words = f"Choosing the depth: fold {fold + 1} of {len(splits)}, {depth} of {most} stages"
            on_epoch(replace(report, inner=words, done=part, notes=()))

        results = chain.climb(
            train.take(rows), train.take(held), _others(extra, train, held), depths=most, of=most + 1,
            folder=workdir / f"inner-{fold}", is_inner=True, on_epoch=told,
        )
        if results[-1].stopped_because == "cancelled":
            return None
        folds.append([judged(result) for result in results])
        remember(path, identity, folds)
        shutil.rmtree(workdir / f"inner-{fold}", ignore_errors=True)
    return [point_of(depth, names, [fold[depth] for fold in folds]) for depth in range(most + 1)]


def _inner_splits(train: Examples, recipe: Recipe) -> list[tuple[Indices, Indices]]:
    k = min(recipe.tuning.inner_folds, len(set(train.patients)))
    if k < 2:
        raise DataError("Choosing the depth needs at least two training patients; choose shallow tuning instead.")
    return grouped_kfold(train.patients, train.targets, k=k, seed=recipe.seed)


def _others(extra: Examples | None, train: Examples, held: Indices) -> Examples | None:
    if extra is None:
        return None
    apart = {train.patients[i] for i in held}
    rows = [i for i, patient in enumerate(extra.patients) if patient not in apart]
    return extra.take(rows) if rows else None


def _schedule_epochs(recipe: Recipe, n: int) -> int:
    """Epochs of the whole schedule: what a later training on everything must be given to do the same."""
    optimiser = recipe.optimiser
    per_epoch = max(1, math.ceil(n / optimiser.batch_size))
    return optimiser.max_epochs if optimiser.max_steps is None else max(1, math.ceil(optimiser.max_steps / per_epoch))
