"""A backbone with a linear head: gives an embedding (`features`) and one logit per finding (`forward`)."""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from learning.recipe import Recipe
from learning.recipe_parts import InputPart
from learning.toolkit.nets.catalogue import make_backbone
from learning.toolkit.nets.cosine import CosineHead
from learning.toolkit.nets.heads import CoralHead, make_head, probabilities
from learning.toolkit.nets.norms import NormKind, norm_kind, with_norms
from learning.toolkit.nets.scaling import input_scaling
from learning.toolkit.nets.stage_dropout import drop_after


class Network(nn.Module):
    """A backbone with a linear head.

    input     what it expects: size, channels, normalisation.
    findings  names of the logits, in order (`learning.toolkit.tasks`).
    kind      of task: which head, and how logits become probabilities.
    stages    the backbone's blocks by name, from the input upwards.
    cosine_scale  log odds are cosines times this, as margins want it; None: a linear head.
    unit_length  embeddings of a learned backbone are scaled to length 1, as classifiers on frozen features expect.
    """

    def __init__(
        self,
        name: str,
        findings: tuple[str, ...],
        input: InputPart,
        *,
        dropout_hidden: float,
        dropout_input: float,
        kind: str = "binary",
        unit_length: bool = False,
        norm: NormKind = "own",
        dropout_stages: tuple[float, ...] = (),
        cosine_scale: float | None = None,
    ) -> None:
        super().__init__()
        self.name = name
        self.kind = kind
        self.findings = findings
        self.input = input
        self.dropout_hidden = dropout_hidden
        self.dropout_input = dropout_input
        built = with_norms(make_backbone(name, input), norm)
        self.scaling = input_scaling(input)
        self.unit_length = unit_length and built.learned
        self.backbone, self.width, self.stages = built.module, built.width, built.stages
        self._maps, self._pool = built.maps, built.pool
        drop_after(self.stages, dropout_stages)
        self.head: nn.Linear | CoralHead | CosineHead = (
            make_head(kind, self.width, findings)
            if cosine_scale is None
            else CosineHead(self.width, len(findings), cosine_scale)
        )

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """B x C x H x W to the embedding, B x width."""
        embedding: torch.Tensor = self.backbone(self.scaling(F.dropout(x, self.dropout_input, self.training)))
        return F.normalize(embedding, dim=1) if self.unit_length else embedding

    @property
    def has_maps(self) -> bool:
        """Whether the network can say where its evidence lies."""
        return self._maps is not None and self._pool is not None

    def feature_maps(self, x: torch.Tensor) -> torch.Tensor:
        """The last maps before they are pooled: see `Backbone.maps`."""
        assert self._maps is not None
        return self._maps(self.backbone, self.scaling(x))

    def pool_maps(self, maps: torch.Tensor) -> torch.Tensor:
        """`feature_maps` to the embedding, B x width."""
        assert self._pool is not None
        embedding = self._pool(self.backbone, maps)
        return F.normalize(embedding, dim=1) if self.unit_length else embedding

    def classify(self, embedding: torch.Tensor) -> torch.Tensor:
        """B x width to B x F logits."""
        logits: torch.Tensor = self.head(F.dropout(embedding, self.dropout_hidden, self.training))
        return logits

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """B x C x H x W to B x F logits."""
        return self.classify(self.features(x))

    def probabilities(self, logits: torch.Tensor) -> torch.Tensor:
        """B x F logits to B x F probabilities; over classes they sum to 1."""
        return probabilities(self.kind, logits)


def build_network(recipe: Recipe, findings: tuple[str, ...], *, seed: int) -> Network:
    """A fresh network for `findings`; weights depend on `seed` alone, the global random state is left as it was."""
    made: Callable[..., Network] = Network
    if recipe.targets.kind == "segmentation":
        from learning.toolkit.segment.network import SegmentationNetwork

        made = partial(SegmentationNetwork, patch=recipe.targets.patch)
    elif recipe.targets.kind == "progression":
        from learning.toolkit.nets.pair import PairNetwork

        made = partial(PairNetwork, covariates=len(recipe.targets.covariates))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = made(
            recipe.network.name,
            findings,
            recipe.input,
            dropout_hidden=recipe.regularisation.dropout_hidden,
            dropout_input=recipe.regularisation.dropout_input,
            norm=norm_kind(recipe),
            dropout_stages=recipe.regularisation.stage_probabilities,
            cosine_scale=recipe.imbalance.ldam_scale if recipe.imbalance.loss == "ldam" else None,
            kind=recipe.targets.kind,
            unit_length=recipe.tuning.kind == "frozen",
        )
    order = torch.channels_last_3d if recipe.input.volume == "3d" else torch.channels_last
    return net.to(memory_format=order)  # type: ignore[call-overload,no-any-return]
