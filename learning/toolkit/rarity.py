"""How rare each side of each finding is, and what follows: weights, margins, shifted log odds, corrected priors."""

import math

import torch

from learning.recipe import Recipe
from learning.recipe_parts import ImbalancePart
from learning.toolkit.losses import inverse_prevalence


def side_counts(targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """F x 2 weighted numbers of absent and present answers; NaN is neither, a soft target is part of both."""
    known = ~torch.isnan(targets)
    t = torch.where(known, targets, 0.0).double()
    share = (weights * known).double()
    return torch.stack([(share * (1 - t)).sum(0), (share * t).sum(0)], dim=1)


def class_balanced(counts: torch.Tensor, beta: float) -> torch.Tensor:
    """(1 - β) / (1 - β^n) per side, scaled so that the two of a finding sum to 2 (Cui et al. 2019); F x 2.

    A finding without a case on one side has weights of 1.

    >>> class_balanced(torch.tensor([[10.0, 10.0]]), 0.99).tolist()
    [[1.0, 1.0]]
    """
    return _where_both(counts, torch.stack([effective_weights(side, beta) for side in counts]), 1.0)


def effective_weights(sizes: torch.Tensor, beta: float) -> torch.Tensor:
    """(1 - β) / (1 - β^n) of C classes with n cases each; 0 for an empty class.

    Scaled to sum to the number of classes that have a case.
    """
    effective = -torch.expm1(sizes.double() * (math.log(beta) if beta > 0 else -math.inf))
    factors = torch.where(sizes > 0, (1 - beta) / effective, 0.0)
    return (sizes > 0).sum() * factors / factors.sum()


def log_odds(counts: torch.Tensor) -> torch.Tensor:
    """F log odds of present; 0 for a finding without a case on one side."""
    return _where_both(counts, (counts[:, 1:] / counts[:, :1]).log(), 0.0)[:, 0]


def margins(counts: torch.Tensor, largest: float) -> torch.Tensor:
    """F x 2 margins that fall with n^¼, the largest for the rarest side of all findings (Cao et al. 2019)."""
    shape = counts.double().clamp_min(1.0) ** -0.25
    both = (counts > 0).all(dim=1)
    if not both.any():
        return torch.zeros_like(counts, dtype=torch.float32)
    return (shape * (largest / shape[both].max()) * both[:, None]).float()


class Rarity:
    """A recipe's way with rare findings as far as it concerns the loss of present and absent.

    gamma  of the focal loss; None without one.
    """

    def __init__(self, recipe: Recipe, targets: torch.Tensor, weights: torch.Tensor) -> None:
        part = recipe.imbalance
        counts = side_counts(targets, weights)
        self.gamma = part.focal_gamma if part.loss == "focal" else None
        self._weights = _class_weights(part, targets, weights, counts)
        self._offset: torch.Tensor | None = None
        self._margins: torch.Tensor | None = None
        self._late: torch.Tensor | None = None
        self._deferred = part.ldam_deferred
        if part.loss == "logit_adjustment":
            self._offset = (part.logit_tau * log_odds(counts)).float()
        if part.loss == "ldam":
            self._margins = part.ldam_scale * margins(counts, part.ldam_margin)
            self._late = class_balanced(counts, part.beta)

    def class_weights(self, share: float, *, training: bool) -> torch.Tensor | None:
        """F x 2 factors when this share of all steps is done."""
        if self._late is not None and training and share >= self._deferred < 1:
            return self._late
        return self._weights

    def shifted(self, logits: torch.Tensor, targets: torch.Tensor, *, training: bool) -> torch.Tensor:
        """Log odds with what the loss adds to them: the prior, or in training less the margin of the true side."""
        if self._offset is not None:
            return logits.float() + self._offset
        if self._margins is None or not training:
            return logits
        t = torch.nan_to_num(targets)
        return logits.float() - self._margins[:, 1] * t + self._margins[:, 0] * (1 - t)


def prior_shift(recipe: Recipe, targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """F log odds by which a network trained so exceeds what is true at the cases' own prevalence.

    Subtracting them undoes what sampling, weights or logit adjustment did to the prior; the ranking stays. What losses
    do to confidence (focal, LDAM) is left to calibration.
    """
    part = recipe.imbalance
    counts = side_counts(targets, weights)
    if part.loss == "logit_adjustment":
        return -(part.logit_tau * log_odds(counts)).float()
    if part.sampling not in ("none", "dynamic") and part.sampling_strength > 0:
        from learning.toolkit.sampling import shown  # which imports from here

        return (log_odds(side_counts(targets, weights * shown(recipe, targets, weights)[:, None])) - log_odds(
            counts
        )).float()
    table = _class_weights(part, targets, weights, counts)
    if part.loss == "ldam" and part.ldam_deferred < 1:
        table = class_balanced(counts, part.beta)
    return torch.zeros(len(counts)) if table is None else (table[:, 1] / table[:, 0]).log().float()


def _class_weights(
    part: ImbalancePart, targets: torch.Tensor, weights: torch.Tensor, counts: torch.Tensor
) -> torch.Tensor | None:
    if part.class_weights == "inverse_prevalence":
        return inverse_prevalence(targets, weights)
    if part.class_weights == "class_balanced":
        return class_balanced(counts, part.beta)
    if part.loss == "focal" and part.focal_alpha is not None:
        alpha = torch.tensor([1 - part.focal_alpha, part.focal_alpha], device=targets.device)
        return alpha.expand(len(counts), 2)
    return None


def _where_both(counts: torch.Tensor, values: torch.Tensor, otherwise: float) -> torch.Tensor:
    both = (counts > 0).all(dim=1, keepdim=True)
    return torch.where(both, values, torch.full_like(values, otherwise)).float()
