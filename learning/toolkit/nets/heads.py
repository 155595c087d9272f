"""The last layer, by kind of task."""

from itertools import groupby

import torch
import torch.nn.functional as F
from torch import nn

from learning.toolkit.tasks import finding_of


class CoralHead(nn.Module):
    """One direction in the embedding per finding and a threshold per level (CORAL: Cao, Mirjalili, Raschka 2020).

    Levels of a finding share the direction, and each threshold is the one before less a positive gap, so that reaching
    a level is never likelier than reaching the one below, for any weights; CORAL itself has that only at its optimum.
    """

    def __init__(self, width: int, columns: tuple[str, ...]) -> None:
        super().__init__()
        sizes = [len(list(same)) for _, same in groupby(columns, key=finding_of)]
        self.direction = nn.Linear(width, len(sizes))  # its bias is the threshold of each first level
        self.gaps = nn.Parameter(torch.zeros(len(columns) - len(sizes)))
        place = [(finding, level) for finding, size in enumerate(sizes) for level in range(size)]
        self.finding: torch.Tensor
        self.level: torch.Tensor
        self.register_buffer("finding", torch.tensor([finding for finding, _ in place]), False)
        self.register_buffer("level", torch.tensor([level for _, level in place]), False)

    @property
    def weight(self) -> torch.Tensor:
        """F x width, equal within a finding: what a linear head of the same logits would have."""
        return self.direction.weight[self.finding]

    @property
    def bias(self) -> torch.Tensor:
        """F thresholds, falling within a finding."""
        below = self.direction.bias.new_zeros(len(self.direction.bias), int(self.level.max()) + 1)
        above = self.level > 0
        below = below.index_put((self.finding[above], self.level[above]), F.softplus(self.gaps))
        # Summed one after the other: with rounding too no threshold is above the one before.
        return self.direction.bias[self.finding] - below.cumsum(dim=1)[self.finding, self.level]

    def forward(self, embedding: torch.Tensor) -> torch.Tensor:
        """… x width to … x F logits."""
        along = F.linear(embedding, self.direction.weight)  # once per finding: rounding must not turn levels around
        return along[..., self.finding] + self.bias


def make_head(kind: str, width: int, columns: tuple[str, ...]) -> nn.Linear | CoralHead:
    """The head of a task with these columns."""
    return CoralHead(width, columns) if kind == "ordinal" else nn.Linear(width, len(columns))


def probabilities(kind: str, logits: torch.Tensor) -> torch.Tensor:
    """… x F logits to … x F probabilities: summing to 1 over classes, each on its own otherwise."""
    return torch.softmax(logits, dim=-1) if kind == "multiclass" else torch.sigmoid(logits)
