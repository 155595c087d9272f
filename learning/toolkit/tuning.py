"""Which weights of a network are trained, and how fast each learns."""

from typing import Any, Protocol

from torch import nn

from learning.recipe import Recipe
from learning.toolkit.nets import Network

ParameterGroup = dict[str, Any]


class Tuning(Protocol):
    """Decides over the weights of one network during one training."""

    def groups(self, model: Network) -> list[ParameterGroup]:
        """Parameter groups for the optimiser; `factor` multiplies the learning rate of a group."""

    def train_mode(self, model: Network) -> None:
        """Training mode for what is trained, evaluation mode for what is frozen."""

    def at_step(self, model: Network, share: float) -> None:
        """Called before each step with the part of all steps that is done, 0 to 1."""


class TuneAll:
    """Every weight is trained at the same rate; one-dimensional ones (norms, biases) are not decayed."""

    def __init__(self, weight_decay: float) -> None:
        self.weight_decay = weight_decay

    def groups(self, model: Network) -> list[ParameterGroup]:
        """See `Tuning`."""
        return [decayed_group(model.parameters(), self.weight_decay), undecayed_group(model.parameters())]

    def train_mode(self, model: Network) -> None:
        """See `Tuning`."""
        model.train()

    def at_step(self, model: Network, share: float) -> None:
        """Nothing changes on the way."""


def decayed_group(parameters: Any, weight_decay: float, factor: float = 1.0) -> ParameterGroup:
    """The matrices and kernels among `parameters`."""
    return {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay, "factor": factor}


def undecayed_group(parameters: Any, factor: float = 1.0) -> ParameterGroup:
    """The norms and biases among `parameters`."""
    return {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0, "factor": factor}


def make_tuning(recipe: Recipe, model: nn.Module) -> Tuning:
    """The recipe's way of tuning."""
    return TuneAll(recipe.regularisation.weight_decay)
