"""Averages of weights over the steps of a training."""

from torch import nn

from learning.recipe import Recipe
from learning.toolkit.checkpoint import Tensors


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


def make_average(recipe: Recipe, model: nn.Module) -> WeightAverage:
    """The recipe's average."""
    return WeightAverage()
