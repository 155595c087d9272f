"""Which labelled rows an epoch visits, in which order."""

from typing import Any, Protocol

import numpy as np
import torch

from learning.recipe import Recipe
from learning.toolkit.data import Indices


class Sampler(Protocol):
    """Gives the rows of each epoch: as many as there are labelled rows, so that all samplers take equal steps."""

    def order(self, generator: np.random.Generator) -> Indices:
        """Rows of the next epoch, in order; some may come several times and others not at all."""

    def learn(self, logits: torch.Tensor, targets: torch.Tensor) -> None:
        """Hear how the validation cases were answered at the end of an epoch."""

    def state(self) -> dict[str, Any]:
        """What a resumed run must know, JSON-ready."""

    def restore(self, state: dict[str, Any]) -> None:
        """Continue where `state` was taken."""


class Permutation:
    """Every row once, shuffled."""

    def __init__(self, n: int) -> None:
        self.n = n

    def order(self, generator: np.random.Generator) -> Indices:
        """See `Sampler`."""
        return generator.permutation(self.n)

    def learn(self, logits: torch.Tensor, targets: torch.Tensor) -> None:
        """Nothing changes with the answers."""

    def state(self) -> dict[str, Any]:
        """Nothing to know."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Nothing to know."""


def make_sampler(recipe: Recipe, targets: torch.Tensor, weights: torch.Tensor) -> Sampler:
    """The recipe's sampler for labelled rows with these N x F targets and weights."""
    return Permutation(len(targets))
