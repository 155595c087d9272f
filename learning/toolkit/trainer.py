"""The loop behind every training: epochs of steps, the best weights, and when to stop."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from learning.recipe import Recipe
from learning.recipe_parts.warnings import dropout_warning, repetition_warning
from learning.toolkit.checkpoint import Tensors
from learning.toolkit.data import Examples, check_parts
from learning.toolkit.device import choose_device, own_randomness
from learning.toolkit.nets import build_network
from learning.toolkit.processes import Team
from learning.toolkit.reports import EpochReport, FitResult, StoppedBecause
from learning.toolkit.resume import CHECKPOINT, Progress, Saving, identity_of
from learning.toolkit.rows import make_rows
from learning.toolkit.sampling import Balanced, make_sampler
from learning.toolkit.step import Stepper
from learning.toolkit.streams import Streams
from learning.toolkit.tuning import words_of
from learning.toolkit.weights import Transfer, read_weights, start_from

_NORM_EVERY = 4
"""Gradient norms are means over an epoch's first step and every fourth after it: each costs a hundredth of a step."""


class TrainError(RuntimeError):
    """Training cannot go on; the message says why and what to change."""


class _Cancelled(Exception):
    pass


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
        self.device = choose_device(device)
        self.team = team or Team()
        self.streams = Streams(recipe.seed)
        self.labelled = make_rows(train, recipe, self.device)
        self.validation = make_rows(val, recipe, self.device) if val is not None and val.known().any() else None
        self.pseudo = None if used is None else make_rows(used, recipe, self.device)
        self.sampler = make_sampler(recipe, self.labelled.targets, self.labelled.weights)
        self.saving = Saving(workdir / CHECKPOINT, identity_of(recipe, train, val, used))
        self.progress = Progress(micro_batch=recipe.optimiser.batch_size)

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
        if resume and self.saving.path.exists():
            self.best, self.progress = self.saving.read(self.model, self.stepper, self.streams, self.sampler)

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
                    if self.team.is_first and (reason is not None or self.saving.is_due()):
                        self.saving.write(
                            self.model, self.best, self.stepper, self.streams, self.sampler, self.progress
                        )
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
            told = self.stepper.update(
                rows, step=progress.step, of=self.total_steps, notes=progress.notes,
                tells_norms=start // size % _NORM_EVERY == 0,
            )
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


def _copy(model: nn.Module) -> Tensors:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
