"""Averages of weights over the steps of a training."""

import copy
from collections.abc import Callable

import torch
from torch import nn

from learning.recipe import Recipe
from learning.toolkit.checkpoint import Tensors

_STEPS = "steps"


class WeightAverage:
    """No average: the weights that are judged and kept are those of the last step."""

    def update(self, model: nn.Module, share: float) -> None:
        """Take in the weights after a step; `share` of all steps is done."""

    def judged(self, model: nn.Module) -> nn.Module:
        """The network whose weights are judged and kept."""
        return model

    def tensors(self) -> Tensors:
        """What a resumed run must know."""
        return {}

    def restore(self, tensors: Tensors) -> None:
        """Continue where `tensors` were taken."""


class _Copy(WeightAverage):
    """An average that lives in a network of its own."""

    def __init__(self, model: nn.Module) -> None:
        self.own = copy.deepcopy(model)
        self.steps = 0

    def judged(self, model: nn.Module) -> nn.Module:
        """See `WeightAverage`."""
        return self.own if self.steps else model

    def tensors(self) -> Tensors:
        """See `WeightAverage`."""
        return {**self.own.state_dict(), _STEPS: torch.tensor(self.steps)}

    def restore(self, tensors: Tensors) -> None:
        """See `WeightAverage`."""
        self.steps = int(tensors[_STEPS])
        self.own.load_state_dict({name: tensor for name, tensor in tensors.items() if name != _STEPS})

    @torch.no_grad()
    def _blend(self, model: nn.Module, share: float) -> None:
        """The average moves by `share` of the way to the model; what is equal stays equal."""
        for mine, theirs in zip(self.own.state_dict().values(), model.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.copy_(theirs if share == 1 else mine.lerp(theirs, share))
            else:
                mine.copy_(theirs)
        self.steps += 1


class ExponentialAverage(_Copy):
    """Running average with its running statistics; its decay is smaller over the first steps, (1 + t) / (10 + t)."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        super().__init__(model)
        self.decay = decay

    def update(self, model: nn.Module, share: float) -> None:
        """See `WeightAverage`."""
        self._blend(model, 1 - min(self.decay, (1 + self.steps) / (10 + self.steps)))


class MeanAverage(_Copy):
    """Plain mean from a share of the steps on (SWA: Izmailov et al. 2018).

    refresh  computes the batch normalisation's statistics anew for the averaged weights, whose activations no step has
             seen; called once before they are judged.
    """

    def __init__(self, model: nn.Module, start: float) -> None:
        super().__init__(model)
        self.start = start
        self.refresh: Callable[[nn.Module], None] = lambda network: None
        self._fresh = False

    def update(self, model: nn.Module, share: float) -> None:
        """See `WeightAverage`."""
        if share > self.start:
            self._blend(model, 1 / (self.steps + 1))
            self._fresh = False

    def judged(self, model: nn.Module) -> nn.Module:
        """See `WeightAverage`."""
        if self.steps and not self._fresh:
            self.refresh(self.own)
            self._fresh = True
        return super().judged(model)


def make_average(recipe: Recipe, model: nn.Module) -> WeightAverage:
    """The recipe's average."""
    part = recipe.regularisation
    if part.average == "ema":
        return ExponentialAverage(model, part.ema_decay)
    if part.average == "swa":
        return MeanAverage(model, part.swa_from)
    return WeightAverage()
