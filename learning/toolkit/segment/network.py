"""A network whose answers are masks."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from learning.recipe_parts import InputPart
from learning.toolkit.nets.backbone import Backbone
from learning.toolkit.nets.network import Network
from learning.toolkit.readers import input_shape
from learning.toolkit.segment.unet import expanding_path


class SegmentationNetwork(Network):
    """A backbone, the expanding path of a U-Net, and a linear head over each pixel.

    Weights of the backbone have the names that a classification network gives them.

    patch   side of the windows that large images are predicted by, in pixels; None: whole.
    """

    def __init__(
        self, name: str, findings: tuple[str, ...], input: InputPart, *, patch: int | None = None, **how: Any
    ) -> None:
        super().__init__(name, findings, input, **how)
        self.patch = patch
        built = Backbone(self.backbone, self.width, self.stages)
        self.maps_of, self.decoder = expanding_path(built, self.scaling(torch.zeros(1, *input_shape(input))))
        self.stages = (*self.stages, ("decoder", (self.decoder,)))
        self.head = nn.Linear(self.decoder.width, len(findings))
        self._maps = self._pool = None  # it says itself where a finding is

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """B x C x … to B x F x … logits, one per finding and pixel."""
        return self.outlines(x)[0]

    def outlines(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """B x C x … to the logits and the backbone's embedding, B x width."""
        seen = self.scaling(F.dropout(x, self.dropout_input, self.training))
        maps, embedding = self.maps_of(self.backbone, seen)
        features = F.dropout(self.decoder(seen, maps), self.dropout_hidden, self.training)
        logits: torch.Tensor = self.head(features.movedim(1, -1))
        return logits.movedim(-1, 1), embedding
