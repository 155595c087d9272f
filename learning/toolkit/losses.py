"""Binary cross-entropy over several findings with missing, soft and weighted targets."""

import torch
import torch.nn.functional as F

_LARGEST_CLASS_WEIGHT = 20.0


def masked_bce(
    logits: torch.Tensor,
    targets: torch.Tensor,
    weights: torch.Tensor,
    *,
    class_weights: torch.Tensor | None = None,
    label_smoothing: float = 0.0,
    focal_gamma: float | None = None,
) -> torch.Tensor:
    """Weighted mean of the cross-entropy over the assessed targets; 0 when there is none.

    logits, targets, weights   B x F; a NaN target is masked: it has no influence on value or gradient.
    class_weights              F x 2, factors of the absent and the present side of each finding.
    label_smoothing            t becomes t (1 - s) + s / 2.
    focal_gamma                each side counts (1 - its probability)^γ (Lin et al. 2017); 0 is cross-entropy, exactly.

    >>> round(masked_bce(torch.zeros(1, 2), torch.tensor([[1.0, torch.nan]]), torch.ones(1, 2)).item(), 4)
    0.6931
    """
    known = ~torch.isnan(targets)
    share = weights * known
    t = torch.where(known, targets, 0.0)
    if label_smoothing:
        t = t * (1 - label_smoothing) + label_smoothing / 2
    logits = logits.float()
    absent, present = F.softplus(logits) * (1 - t), F.softplus(-logits) * t
    if focal_gamma is not None:
        # as exponentials of logarithms, whose gradients stay finite where a probability is 0
        absent = absent * torch.exp(-focal_gamma * F.softplus(-logits))
        present = present * torch.exp(-focal_gamma * F.softplus(logits))
    if class_weights is not None:
        absent, present = absent * class_weights[:, 0], present * class_weights[:, 1]
    return ((absent + present) * share).sum() / share.sum().clamp_min(1e-8)


def inverse_prevalence(targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """F x 2 class weights n / (2 n_side), so that both sides of each finding weigh the same; at most 20.

    A side without a case keeps weight 1, as does a finding without any.

    >>> inverse_prevalence(torch.tensor([[1.0], [0.0], [0.0], [0.0]]), torch.ones(4, 1)).tolist()[0][1]
    2.0
    """
    known = ~torch.isnan(targets)
    t = torch.where(known, targets, 0.0)
    share = weights * known
    sides = torch.stack([(share * (1 - t)).sum(0), (share * t).sum(0)], dim=1)
    factors = sides.sum(1, keepdim=True) / (2 * sides.clamp_min(1e-12))
    factors = factors.clamp(max=_LARGEST_CLASS_WEIGHT)
    both = (sides > 0).all(dim=1, keepdim=True)
    return torch.where(both, factors, torch.ones_like(factors))
