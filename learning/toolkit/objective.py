"""What a network is trained to make small: one choice per kind of target and per way of weighing the cases."""

from collections.abc import Sequence
from typing import Protocol

import torch

from learning.recipe import Recipe
from learning.toolkit.classes import ClassObjective
from learning.toolkit.losses import masked_bce
from learning.toolkit.ordinal import grade_figures
from learning.toolkit.ranks import auroc
from learning.toolkit.rarity import Rarity
from learning.toolkit.segment.loss import MaskObjective


class Objective(Protocol):
    """A loss with the figures that an epoch is judged by.

    figure   name of what `metrics` gives.
    """

    figure: str

    def loss(
        self, logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, *, training: bool, share: float
    ) -> torch.Tensor:
        """Weighted mean over the assessed targets of a batch; 0 when there is none.

        training  apply label smoothing, margins and the like; without, the plain loss that epochs are compared by.
        share     part of all steps that is done, 0 to 1, for objectives that change on the way.
        """

    def metrics(
        self, logits: torch.Tensor, targets: torch.Tensor, findings: Sequence[str]
    ) -> dict[str, float | None]:
        """One figure per finding on validation cases, higher is better; None where it is not defined."""


class BinaryObjective:
    """Cross-entropy of several findings, each present or absent."""

    figure = "AUROC"

    def __init__(self, recipe: Recipe, targets: torch.Tensor, weights: torch.Tensor) -> None:
        self.smoothing = recipe.regularisation.label_smoothing
        self.rarity = Rarity(recipe, targets, weights)

    def loss(
        self, logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, *, training: bool, share: float
    ) -> torch.Tensor:
        """See `Objective`."""
        return masked_bce(
            self.rarity.shifted(logits, targets, training=training),
            targets,
            weights,
            class_weights=self.rarity.class_weights(share, training=training),
            label_smoothing=self.smoothing if training else 0.0,
            focal_gamma=self.rarity.gamma,
        )

    def metrics(
        self, logits: torch.Tensor, targets: torch.Tensor, findings: Sequence[str]
    ) -> dict[str, float | None]:
        """AUROC."""
        scores, truth = logits.cpu().numpy(), targets.cpu().numpy()
        return {code: auroc(scores[:, i], truth[:, i]) for i, code in enumerate(findings)}


class OrdinalObjective(BinaryObjective):
    """Cross-entropy of reaching each level; the network's head shares what the levels of a finding have in common."""

    figure = "quadratic kappa"

    def metrics(
        self, logits: torch.Tensor, targets: torch.Tensor, findings: Sequence[str]
    ) -> dict[str, float | None]:
        """Quadratic kappa of each finding's median level."""
        reached, truth = torch.sigmoid(logits).cpu().double().numpy(), targets.cpu().double().numpy()
        return grade_figures(reached, truth, findings)


def make_objective(recipe: Recipe, targets: torch.Tensor, weights: torch.Tensor) -> Objective:
    """The recipe's objective; `targets` and `weights` of all labelled rows tell how rare each side is."""
    if recipe.targets.kind == "multiclass":
        return ClassObjective(recipe, targets, weights)
    if recipe.targets.kind == "ordinal":
        return OrdinalObjective(recipe, targets, weights)
    if recipe.targets.kind == "segmentation":
        return MaskObjective(recipe)
    return BinaryObjective(recipe, targets, weights)
