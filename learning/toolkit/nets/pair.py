"""A network that compares two studies of one patient."""

from typing import Any

import torch

from learning.recipe_parts import InputPart
from learning.toolkit.nets.heads import make_head
from learning.toolkit.nets.network import Network


class PairNetwork(Network):
    """One encoder sees the later and the earlier image; the head sees both embeddings and the covariates.

    A linear head over both can take their difference. Weights of the encoder have the names that any network gives
    them, so it can start from one that names findings.

    covariates  number K of them; each has a value and a flag.
    """

    def __init__(
        self, name: str, findings: tuple[str, ...], input: InputPart, *, covariates: int = 0, **how: Any
    ) -> None:
        super().__init__(name, findings, input, **how)
        self.planes = input.network_channels
        self.encoder_width = self.width
        self.width = 2 * self.width + 2 * covariates
        self.head = make_head(self.kind, self.width, findings)
        self._maps = self._pool = None

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """B x (2C + 2K) x H x W to B x (2 encoder widths + 2K)."""
        now, before, told = x[:, : self.planes], x[:, self.planes : 2 * self.planes], x[:, 2 * self.planes :]
        embedded = [super(PairNetwork, self).features(image) for image in (now, before)]
        return torch.cat([*embedded, told.mean(dim=(2, 3)).to(embedded[0].dtype)], dim=1)
