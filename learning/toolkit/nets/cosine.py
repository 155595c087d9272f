"""A head whose log odds are cosines, so that a margin between them means the same for every finding."""

import torch
import torch.nn.functional as F
from torch import nn


class CosineHead(nn.Module):
    """Scaled cosine between the embedding and a direction per finding; no bias (Cao et al. 2019).

    scale  log odds of an embedding that points exactly along the direction.
    """

    def __init__(self, width: int, findings: int, scale: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(nn.Linear(width, findings, bias=False).weight.detach())
        self.scale = scale

    def forward(self, embedding: torch.Tensor) -> torch.Tensor:
        """… x width to … x F logits, within plus and minus the scale."""
        return self.scale * F.linear(F.normalize(embedding, dim=-1), F.normalize(self.weight, dim=-1))
