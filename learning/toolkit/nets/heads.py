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
        self.finding: torch.Tensor
        self.summed: torch.Tensor
        self.register_buffer("finding", torch.tensor([n for n, size in enumerate(sizes) for _ in range(size)]), False)
        self.register_buffer("summed", _sums(sizes), False)

    @property
    def weight(self) -> torch.Tensor:
        """F x width, equal within a finding: what a linear head of the same logits would have."""
        return self.direction.weight[self.finding]

    @property
    def bias(self) -> torch.Tensor:
        """F thresholds, falling within a finding."""
        return self.direction.bias[self.finding] - self.summed @ F.softplus(self.gaps)

    def forward(self, embedding: torch.Tensor) -> torch.Tensor:
        """… x width to … x F logits."""
        return F.linear(embedding, self.weight, self.bias)


def _sums(sizes: list[int]) -> torch.Tensor:
    """F x gaps: which gaps lie below each level."""
    table = torch.zeros(sum(sizes), sum(sizes) - len(sizes))
    row = gap = 0
    for size in sizes:
        for level in range(size):
            table[row + level, gap : gap + level] = 1.0
        row, gap = row + size, gap + size - 1
    return table


def make_head(kind: str, width: int, columns: tuple[str, ...]) -> nn.Linear | CoralHead:
    """The head of a task with these columns."""
    return CoralHead(width, columns) if kind == "ordinal" else nn.Linear(width, len(columns))


def probabilities(kind: str, logits: torch.Tensor) -> torch.Tensor:
    """… x F logits to … x F probabilities: summing to 1 over classes, each on its own otherwise."""
    return torch.softmax(logits, dim=-1) if kind == "multiclass" else torch.sigmoid(logits)
