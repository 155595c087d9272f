"""A backbone with a linear head: gives an embedding (`features`) and one logit per finding (`forward`)."""

import torch
import torch.nn.functional as F
from torch import nn

from learning.recipe import Recipe
from learning.recipe_parts import InputPart
from learning.toolkit.nets.catalogue import NETWORKS


class Network(nn.Module):
    """A backbone with a linear head.

    input     what it expects: size, channels, normalisation.
    findings  codes of the logits, in order.
    stages    the backbone's blocks by name, from the input upwards.
    """

    def __init__(
        self, name: str, findings: tuple[str, ...], input: InputPart, *, dropout_hidden: float, dropout_input: float
    ) -> None:
        super().__init__()
        self.name = name
        self.findings = findings
        self.input = input
        self.dropout_hidden = dropout_hidden
        self.dropout_input = dropout_input
        built = NETWORKS[name](input)
        self.backbone, self.width, self.stages = built.module, built.width, built.stages
        self.head = nn.Linear(self.width, len(findings))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """B x C x H x W to the embedding, B x width."""
        embedding: torch.Tensor = self.backbone(F.dropout(x, self.dropout_input, self.training))
        return embedding

    def classify(self, embedding: torch.Tensor) -> torch.Tensor:
        """B x width to B x F logits."""
        logits: torch.Tensor = self.head(F.dropout(embedding, self.dropout_hidden, self.training))
        return logits

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """B x C x H x W to B x F logits."""
        return self.classify(self.features(x))

    def probabilities(self, logits: torch.Tensor) -> torch.Tensor:
        """B x F logits to B x F probabilities."""
        return torch.sigmoid(logits)


def build_network(recipe: Recipe, findings: tuple[str, ...], *, seed: int) -> Network:
    """A fresh network for `findings`; weights depend on `seed` alone, the global random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = Network(
            recipe.network.name,
            findings,
            recipe.input,
            dropout_hidden=recipe.regularisation.dropout_hidden,
            dropout_input=recipe.regularisation.dropout_input,
        )
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]
