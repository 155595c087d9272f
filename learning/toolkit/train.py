"""One training loop for every recipe: resumable, cancellable, and the same bit for bit when repeated."""

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from learning.recipe import Recipe
from learning.recipe_parts.warnings import dropout_warning, repetition_warning
from learning.toolkit.checkpoint import (
    CheckpointError,
    Tensors,
    read_checkpoint,
    with_prefix,
    without_prefix,
    write_checkpoint,
)
from learning.toolkit.data import Examples, check_parts
from learning.toolkit.device import choose_device, own_randomness
from learning.toolkit.nets import build_network
from learning.toolkit.processes import DistributedError, Team, together
from learning.toolkit.reports import EpochReport, FitResult, StoppedBecause
from learning.toolkit.rows import make_rows
from learning.toolkit.sampling import Balanced, make_sampler
from learning.toolkit.step import Stepper
from learning.toolkit.streams import Streams
from learning.toolkit.tuning import words_of
from learning.toolkit.weights import Transfer, read_weights, start_from

CHECKPOINT = "checkpoint.safetensors"


class TrainError(RuntimeError):
    """Training cannot go on; the message says why and what to change."""


class _Cancelled(Exception):
    pass


@dataclass
class _Progress:
    """What a resumed run must know besides weights and random states."""

    epoch: int = 0
    step: int = 0
    best_loss: float = math.inf
    best_epoch: int = 0
    kept_epoch: int = 0
    elapsed: float = 0.0
    micro_batch: int = 0
    stopped_because: StoppedBecause | None = None
    notes: list[str] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)


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
    workdir        holds the checkpoint, written after each epoch; with `resume` the run continues from it.
    on_epoch       called before the checkpoint is written, so after a crash an epoch may be reported again,
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


class Trainer:
    """The loop behind `fit`, in steps: `start`, then `run`."""

    def __init__(
        self,
        train: Examples,
        val: Examples | None,
        recipe: Recipe,
        *,
        workdir: Path,
        extra: Examples | None = None,
        device: str = "auto",
        team: Team | None = None,
    ) -> None:
        check_parts(train, val, extra)
        used = extra if extra is not None and recipe.pseudolabels.weight > 0 and extra.known().any() else None
        self.recipe = recipe
        self.findings = train.findings
        self.path = workdir / CHECKPOINT
        self.device = choose_device(device)
        self.team = team or Team()
        self.streams = Streams(recipe.seed)
        self.labelled = make_rows(train, recipe, self.device)
        self.validation = make_rows(val, recipe, self.device) if val is not None and val.known().any() else None
        self.pseudo = None if used is None else make_rows(used, recipe, self.device)
        self.sampler = make_sampler(recipe, self.labelled.targets, self.labelled.weights)
        self.identity = identity_of(recipe, train, val, used)
        self.progress = _Progress(micro_batch=recipe.optimiser.batch_size)

    @property
    def steps_per_epoch(self) -> int:
        """Batches of labelled images in one epoch; a last batch of one image is left out."""
        n, size = len(self.labelled), self.recipe.optimiser.batch_size
        return n // size + (n % size > 1) if n > size else 1

    @property
    def total_steps(self) -> int:
        """Steps of the whole schedule."""
        return self.recipe.optimiser.max_steps or self.recipe.optimiser.max_epochs * self.steps_per_epoch

    def start(self, *, resume: bool = False, init_state: Path | None = None, is_own: bool = False) -> None:
        """Build the network and the optimiser, then continue from the checkpoint if asked and if there is one.

        is_own  `init_state` is an earlier phase of the same training: head and all are taken, and nothing is noted.
        """
        self.model = build_network(self.recipe, self.findings, seed=self.streams.seed("initialisation"))
        self.came: Transfer | None = None
        if init_state is not None and is_own:
            self.model.load_state_dict(read_weights(init_state))
        elif init_state is not None:
            self.came = start_from(self.model, init_state, self.recipe.start.weights)
            self.progress.notes += [self.came.sentence, words_of(self.recipe, self.model)]
        self.progress.notes += self._warnings()
        rows = (self.labelled, self.pseudo)
        self.stepper = Stepper(self.model, *rows, self.recipe, self.streams, self.device, self.team)
        self.stepper.hear = self.sampler.hear if self.sampler.hears_training else None
        self.best: Tensors = _copy(self.model)
        if resume and self.path.exists():
            self._restore()

    def _warnings(self) -> list[str]:
        """What is to be said of this recipe on so many cases."""
        n, sampling = len(self.labelled), self.recipe.imbalance.sampling
        said = [dropout_warning(self.recipe.regularisation, n)]
        if isinstance(self.sampler, Balanced):
            sizes = self.sampler.sides.told_sizes
            said.append(repetition_warning(self.recipe.imbalance, min(sizes, default=0), n, len(sizes)))
        if sampling == "dynamic" and self.validation is None:
            said.append("Dynamic sampling has no validation case to learn from: all sides are shown equally often.")
        return [words for words in said if words]

    def run(
        self,
        *,
        on_epoch: Callable[[EpochReport], None] = lambda report: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> FitResult:
        """Train to the end, or until stopped."""
        reason: StoppedBecause | None = self.progress.stopped_because
        with own_randomness(self.device):
            try:
                while reason is None:
                    report = self._epoch(should_stop)
                    if self.team.is_first:
                        on_epoch(report)
                    self.progress.stopped_because = reason = self.team.first_says(self._verdict())
                    if self.team.is_first:
                        self._save()
            except _Cancelled:
                reason = "cancelled"
        self.model.load_state_dict(self.best)
        self.model.eval()
        history = [EpochReport(**{**past, "notes": tuple(past["notes"])}) for past in self.progress.history]
        return FitResult(
            self.model, history, self.progress.kept_epoch, reason, tuple(self.progress.notes), start=self.came
        )

    def _epoch(self, should_stop: Callable[[], bool]) -> EpochReport:
        began = time.perf_counter()
        progress = self.progress
        noted = len(progress.notes) if progress.epoch else 0  # the first report also tells how the run started
        order = self.sampler.order(self.streams["sampling"])
        size = self.recipe.optimiser.batch_size
        sums: dict[str, list[torch.Tensor]] = {}
        self.stepper.tuning.train_mode(self.model)
        for start in range(0, self.steps_per_epoch * size, size):
            if progress.step >= self.total_steps:
                break
            if self.team.first_says(self.team.is_first and should_stop()):
                raise _Cancelled
            rows = order[start : start + size]
            told = self.stepper.update(rows, step=progress.step, of=self.total_steps, notes=progress.notes)
            progress.step += 1
            for name, value in told.items():
                sums.setdefault(name, []).append(value)
        means = {name: float(torch.stack(values).mean()) for name, values in sums.items()}
        train_loss = means.pop("loss")
        if not math.isfinite(train_loss):
            raise TrainError(
                f"The loss is no longer a number in epoch {progress.epoch + 1}; lower optimiser.learning_rate "
                f"(now {self.recipe.optimiser.learning_rate:g}) or use precision fp32."
            )
        progress.epoch += 1
        val_loss, val_auroc = self._validate()
        is_best = self._keep_best(val_loss)
        seconds = time.perf_counter() - began
        progress.elapsed += seconds
        report = EpochReport(
            epoch=progress.epoch,
            epochs=math.ceil(self.total_steps / self.steps_per_epoch),
            step=progress.step,
            train_loss=train_loss,
            val_loss=val_loss,
            val_auroc=val_auroc,
            learning_rate=float(self.stepper.optimiser.param_groups[0]["lr"]),
            gradient_norms=means,
            is_best=is_best,
            seconds=seconds,
            seconds_left=self._seconds_left(),
            notes=tuple(progress.notes[noted:]),
            figure=self.stepper.objective.figure,
        )
        progress.history.append(report.as_dict())
        return report

    def _validate(self) -> tuple[float | None, dict[str, float | None]]:
        if self.validation is None:
            return None, {}
        loss, logits = self.stepper.judge(self.validation)
        self.sampler.learn(logits, self.validation.targets)
        return loss, self.stepper.objective.metrics(logits, self.validation.targets, self.findings)

    def _keep_best(self, val_loss: float | None) -> bool:
        """Note whether this epoch is the best so far, and keep its weights if they are to be kept."""
        is_best = val_loss is None or val_loss < self.progress.best_loss
        if is_best:
            self.progress.best_loss = math.inf if val_loss is None else val_loss
            self.progress.best_epoch = self.progress.epoch
        if is_best or self.recipe.optimiser.keep == "last":
            self.progress.kept_epoch = self.progress.epoch
            self.best = _copy(self.stepper.average.judged(self.model))
        return is_best

    def _verdict(self) -> StoppedBecause | None:
        optimiser, progress = self.recipe.optimiser, self.progress
        if progress.step >= self.total_steps:
            return "finished"
        if optimiser.patience and progress.epoch - progress.best_epoch >= optimiser.patience:
            return "early"
        if optimiser.seconds is not None and progress.elapsed >= optimiser.seconds:
            return "time"
        return None

    def _seconds_left(self) -> float:
        progress, budget = self.progress, self.recipe.optimiser.seconds
        left = progress.elapsed / progress.step * (self.total_steps - progress.step)
        return left if budget is None else max(0.0, min(left, budget - progress.elapsed))

    def _save(self) -> None:
        self.progress.micro_batch = self.stepper.micro_batch
        packed = self.stepper.optimiser.state_dict()
        moments = {f"{i}.{name}": value for i, slot in packed["state"].items() for name, value in slot.items()}
        tensors = {
            **with_prefix("model", self.model.state_dict()),
            **with_prefix("best", self.best),
            **with_prefix("optimiser", moments),
            **with_prefix("average", self.stepper.average.tensors()),
        }
        state = {
            "identity": self.identity,
            "streams": self.streams.state(),
            "sampler": self.sampler.state(),
            "progress": asdict(self.progress),
        }
        write_checkpoint(self.path, tensors, state)

    def _restore(self) -> None:
        tensors, state = read_checkpoint(self.path)
        if state["identity"] != self.identity:
            raise CheckpointError(
                f"{self.path} belongs to a run with another recipe or other data. "
                "Use another folder, or start without resuming."
            )
        self.model.load_state_dict(without_prefix("model", tensors))
        self.best = without_prefix("best", tensors)
        slots: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in without_prefix("optimiser", tensors).items():
            index, key = name.split(".", 1)
            slots.setdefault(int(index), {})[key] = tensor
        optimiser = self.stepper.optimiser
        optimiser.load_state_dict({**optimiser.state_dict(), "state": slots})
        self.stepper.average.restore(without_prefix("average", tensors))
        self.streams.restore(state["streams"])
        self.sampler.restore(state["sampler"])
        self.progress = _Progress(**state["progress"])
        self.stepper.micro_batch = self.progress.micro_batch


def _copy(model: nn.Module) -> Tensors:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def identity_of(recipe: Recipe, train: Examples, val: Examples | None, extra: Examples | None) -> str:
    """Hash of the recipe and the examples: a checkpoint of another training is not continued."""
    parts = [recipe.model_dump_json()]
    parts += [examples.fingerprint() if examples is not None else "" for examples in (train, val, extra)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
