"""One update of the weights: forward, the loss terms with their gradient norms, backward, step."""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

import numpy as np
import torch
from torch import nn

from learning.recipe import Recipe
from learning.toolkit.averaging import MeanAverage, make_average
from learning.toolkit.data import Indices
from learning.toolkit.device import ran_out_of_memory, uses_bf16
from learning.toolkit.mixing import mix
from learning.toolkit.nets import Network
from learning.toolkit.objective import make_objective
from learning.toolkit.processes import Team, parts_of
from learning.toolkit.regularise import shrink
from learning.toolkit.rows import Rows
from learning.toolkit.streams import Streams
from learning.toolkit.tuning import make_tuning

_WARM_UP = 0.05


class Stepper:
    """Holds the network and its optimiser, and turns batches into updates.

    `micro_batch` is the number of images that go through the network at once; it is halved when memory runs out,
    while the update stays one of the whole batch.
    """

    def __init__(
        self,
        model: Network,
        labelled: Rows,
        pseudo: Rows | None,
        recipe: Recipe,
        streams: Streams,
        device: torch.device,
        team: Team | None = None,
    ) -> None:
        self.model = model.to(device)
        self.labelled = labelled
        self.pseudo = pseudo
        self.recipe = recipe
        self.streams = streams
        self.device = device
        self.team = team or Team()
        self.bf16 = uses_bf16(recipe.precision, recipe.network.name, device)
        self.micro_batch = math.ceil(recipe.optimiser.batch_size / self.team.size)
        self.objective = make_objective(recipe, labelled.targets, labelled.weights)
        self.tuning = make_tuning(recipe, self.model)
        self.average = make_average(recipe, self.model)
        if isinstance(self.average, MeanAverage):
            self.average.refresh = self._refresh_statistics
        self._ran_out: RuntimeError | None = None
        self.hear: Callable[[Indices, torch.Tensor], None] | None = None
        self._parameters = list(self.model.parameters())
        rate = recipe.optimiser.learning_rate
        self.optimiser = torch.optim.AdamW(self.tuning.groups(self.model), lr=rate, fused=True)

    def update(
        self, rows: Indices, *, step: int, of: int, notes: list[str], tells_norms: bool = True
    ) -> dict[str, torch.Tensor]:
        """Step number `step` of `of` on labelled `rows`: the loss on them and, if asked, each term's gradient norm."""
        share = step / of
        self.tuning.at_step(self.model, share)
        labelled_seeds = self.streams.seed("augmentation"), self.streams.seed("dropout")
        pseudo_rows, pseudo_seeds = self._draw_pseudo()
        told: dict[str, torch.Tensor] = {}
        while not self._terms(rows, labelled_seeds, pseudo_rows, pseudo_seeds, share, told, tells_norms):
            notes.append(self._halve(step))
        for group in self.optimiser.param_groups:
            group["lr"] = group["factor"] * self._learning_rate(step, of)
        self.optimiser.step()
        shrink(self.optimiser, self.recipe)
        self.team.even_out(self.model)
        self.average.update(self.model, (step + 1) / of)
        return told

    def _terms(
        self,
        rows: Indices,
        seeds: tuple[int, int],
        pseudo_rows: Indices,
        pseudo_seeds: tuple[int, int],
        share: float,
        told: dict[str, torch.Tensor],
        tells_norms: bool,
    ) -> bool:
        """Gradients of all terms of the loss; False when memory ran out in any process."""
        self.optimiser.zero_grad(set_to_none=True)
        loss = self._term(self.labelled, rows, seeds, 1.0, share)
        if loss is None:
            return False
        told["loss"] = loss
        if tells_norms:
            told["supervised"] = _norm(self.gradients())
        if self.pseudo is None:
            return True
        before = [gradient.clone() for gradient in self.gradients()] if tells_norms else []
        with _FrozenStatistics(self.model):
            if self._term(self.pseudo, pseudo_rows, pseudo_seeds, self._pseudo_weight(), share) is None:
                return False
        if tells_norms:
            told["pseudo"] = _norm([new - old for new, old in zip(self.gradients(), before, strict=True)])
        return True

    def _term(
        self, data: Rows, rows: Indices, seeds: tuple[int, int], factor: float, share: float
    ) -> torch.Tensor | None:
        """`backward` in all processes; None when memory ran out in one of them."""
        earlier = self._set_aside()
        self._ran_out = None
        value = torch.zeros((), device=self.device)
        try:
            value = self.backward(data, rows, seeds, factor, share)
        except RuntimeError as error:  # running out of memory is one too
            if not ran_out_of_memory(error):
                raise
            self._ran_out = error
        if self.team.any_says(self._ran_out is not None, self.device):
            return None
        self.team.add_up(self.model, [value])
        for parameter, gradient in earlier:
            parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient
        return value

    def _set_aside(self) -> list[tuple[nn.Parameter, torch.Tensor]]:
        """Gradients that are summed over the processes already, so that they are not summed again."""
        if self.team.size == 1:
            return []
        kept = [(p, p.grad) for p in self._parameters if p.grad is not None]
        self.optimiser.zero_grad(set_to_none=True)
        return kept

    def backward(
        self, data: Rows, rows: Indices, seeds: tuple[int, int], factor: float, share: float
    ) -> torch.Tensor:
        """Add the gradients of factor x loss; the loss does not depend on how the batch is cut into parts.

        Each part has random numbers of its own, so that it does not matter which process computes it.
        """
        is_whole = self.team.size == 1 and len(rows) <= self.micro_batch
        total = None if is_whole else data.weights[rows].sum().clamp_min(1e-8)
        value = torch.zeros((), device=self.device)
        heard: list[tuple[Indices, torch.Tensor]] = []
        for place, part in self.team.mine(parts_of(rows, self.micro_batch)):
            generator = torch.Generator().manual_seed(seeds[0] + place)
            _seed_dropout(seeds[1] + place, self.device)
            batch, known, weights = data.draw(part, generator)
            batch, targets, shares = mix(batch, known, weights, self.recipe, generator=generator)
            with self._precision():
                logits = self.model(batch)
            heard.append((part, logits.detach()))
            loss = self.objective.loss(logits, targets, shares, training=True, share=share)
            if total is not None:
                loss = loss * (weights.sum() / total)
            torch.autograd.backward(factor * loss)
            value += loss.detach()
        if self.hear is not None and data is self.labelled:
            for part, logits in self.team.gathered(heard):
                self.hear(part, logits)
        return value

    def judge(self, data: Rows) -> tuple[float, torch.Tensor]:
        """Loss without smoothing, and N x F logits, of the weights that are kept: see `Rows.judge`."""
        return data.judge(self.average.judged(self.model).eval(), self.objective, bf16=self.bf16)

    @torch.no_grad()
    def _refresh_statistics(self, model: nn.Module) -> None:
        """Batch normalisation's means and variances over all labelled rows, for weights that no step has seen."""
        layers = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
        if not layers or self.recipe.tuning.kind == "shallow" or self.recipe.tuning.norm_statistics == "keep":
            return
        model.eval()
        momenta = [layer.momentum for layer in layers]
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None  # a plain mean over the batches
            layer.train()
        rows = np.arange(len(self.labelled))
        for part in np.array_split(rows, max(1, len(rows) // self.micro_batch)):
            with self._precision():
                model(self.labelled.plain(part)[0])
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
        model.eval()

    def _precision(self) -> AbstractContextManager[object]:
        return torch.autocast(self.device.type, torch.bfloat16) if self.bf16 else nullcontext()

    def gradients(self) -> list[torch.Tensor]:
        """Gradients of all weights that have one."""
        return [p.grad for p in self._parameters if p.grad is not None]

    def _draw_pseudo(self) -> tuple[Indices, tuple[int, int]]:
        if self.pseudo is None:
            return np.empty(0, dtype=np.int64), (0, 0)
        size = min(len(self.pseudo), self.recipe.optimiser.batch_size)
        rows = self.streams["unlabelled"].choice(len(self.pseudo), size, replace=False)
        return rows, (self.streams.seed("unlabelled"), self.streams.seed("unlabelled"))

    def _pseudo_weight(self) -> float:
        """So that a pseudolabelled image counts the recipe's weight: a few of them come back in every step."""
        assert self.pseudo is not None
        return self.recipe.pseudolabels.weight * min(1.0, len(self.pseudo) / len(self.labelled))

    def _learning_rate(self, step: int, total: int) -> float:
        optimiser = self.recipe.optimiser
        warm_up = min(1.0, (step + 1) / max(1, round(_WARM_UP * total)))
        fall = 0.5 * (1 + math.cos(math.pi * step / total)) if optimiser.schedule == "cosine" else 1.0
        return optimiser.learning_rate * warm_up * fall

    def _halve(self, step: int) -> str:
        """Cut the batch into smaller parts after running out of memory, until they are too small to be cut."""
        least = 2 if self.recipe.input.is_volume else 4
        if self.micro_batch < least:
            raise self._ran_out or RuntimeError("Another process of this training ran out of memory.")
        self.micro_batch //= 2
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        return (
            f"Out of memory at step {step}: each batch of {self.recipe.optimiser.batch_size} is now computed in parts "
            f"of {self.micro_batch}."
        )


class _FrozenStatistics:
    """Batch-normalisation layers keep their running statistics while pseudolabelled images pass."""

    def __init__(self, model: nn.Module) -> None:
        self._layers = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]

    def __enter__(self) -> None:
        self._momenta = [layer.momentum for layer in self._layers]
        for layer in self._layers:
            layer.momentum = 0.0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for layer, momentum in zip(self._layers, self._momenta, strict=True):
            layer.momentum = momentum


def _seed_dropout(seed: int, device: torch.device) -> None:
    """As `torch.manual_seed`, which looks after every kind of device each time: a twentieth of a small step."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)


def _norm(gradients: list[torch.Tensor]) -> torch.Tensor:
    return torch.nn.utils.get_total_norm(gradients)
