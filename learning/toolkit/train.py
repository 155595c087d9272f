"""One way of training for every recipe: resumable, cancellable, and the same bit for bit when repeated."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from learning.recipe import Recipe
from learning.toolkit.data import Examples
from learning.toolkit.processes import DistributedError, Team, together
from learning.toolkit.reports import EpochReport, FitResult
from learning.toolkit.trainer import Trainer, TrainError

__all__ = ["TrainError", "fit"]


def fit(
    examples_train: Examples,
    examples_val: Examples | None,
    recipe: Recipe,
    *,
    workdir: Path,
    resume: bool = False,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    should_stop: Callable[[], bool] = lambda: False,
    extra: Examples | None = None,
    init_state: Path | None = None,
    device: str = "auto",
    processes: int = 1,
) -> FitResult:
    """Train by `recipe` and return the network with the weights of its best or last epoch, as the recipe says.

    examples_val   tells the best epoch and stops early; None: the last epoch is the best.
    workdir        holds the checkpoint, written after an epoch, so seldom that it takes a hundredth of the time;
                   with `resume` the run continues from it.
    on_epoch       called before the checkpoint is written, so after a crash epochs may be reported again,
                   with equal metrics.
    should_stop    asked before every batch; when true the run ends as 'cancelled'.
    extra          pseudolabelled examples; used only if the recipe gives them a weight above 0.
    init_state     weights to start from (safetensors, or a torch file that holds only tensors).
    processes      more than 1: each computes a part of every batch, on a GPU of its own where there are any; the same
                   up to the order of sums as one process that computes the same parts.

    Raises DataError, TrainError, CheckpointError, ModelFileError.
    """
    if recipe.tuning.kind in ("frozen", "incremental"):
        return _fit_otherwise(
            examples_train, examples_val, recipe, workdir, resume, on_epoch, should_stop, extra, init_state, device
        )
    work = _Training(examples_train, examples_val, recipe, workdir, extra, resume, init_state)
    first = partial(work, on_epoch=on_epoch, should_stop=should_stop)
    try:
        result: FitResult = together(processes, first, work, device=device)
    except DistributedError as error:
        raise TrainError(
            f"One of the {processes} processes of this training ended ({error}); its log says why. "
            "The run goes on from its last checkpoint when it is started again."
        ) from error
    return result


@dataclass(frozen=True)
class _Training:
    """One process's part of a training."""

    train: Examples
    val: Examples | None
    recipe: Recipe
    workdir: Path
    extra: Examples | None
    resume: bool
    init_state: Path | None

    def __call__(
        self,
        team: Team,
        device: str,
        on_epoch: Callable[[EpochReport], None] = lambda report: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> FitResult:
        parts = (self.train, self.val, self.recipe)
        trainer = Trainer(*parts, workdir=self.workdir, extra=self.extra, device=device, team=team)
        trainer.start(resume=self.resume, init_state=self.init_state)
        return trainer.run(on_epoch=on_epoch, should_stop=should_stop)


def _fit_otherwise(
    train: Examples,
    val: Examples | None,
    recipe: Recipe,
    workdir: Path,
    resume: bool,
    on_epoch: Callable[[EpochReport], None],
    should_stop: Callable[[], bool],
    extra: Examples | None,
    init_state: Path | None,
    device: str,
) -> FitResult:
    """Trainings that are not one run of the loop. They stand on this module, so they are imported here."""
    from learning.toolkit.frozen import fit_frozen
    from learning.toolkit.incremental import fit_incremental

    if recipe.tuning.kind == "frozen":
        return fit_frozen(
            train, val, recipe, init_state=init_state, on_epoch=on_epoch, should_stop=should_stop, extra=extra,
            device=device,
        )
    return fit_incremental(
        train, val, recipe, workdir=workdir, resume=resume, on_epoch=on_epoch, should_stop=should_stop, extra=extra,
        init_state=init_state, device=device,
    )
