"""Regularisation that acts on the weights after a step."""

import math

import torch

from learning.recipe import Recipe

_LEAST_METRIC = 1e-5
"""A weight without any gradient would be pulled with all of the rate by however small a penalty."""


@torch.no_grad()
def shrink(optimiser: torch.optim.Optimizer, recipe: Recipe) -> None:
    """The proximal step of the recipe's L1 penalty on matrices and kernels that learn, in place.

    Soft threshold in Adam's own metric (ProxGen: Yun, Lozano, Yang 2021): a weight whose mean gradient is below the
    penalty stays exactly 0. A threshold of rate x penalty would not, since Adam's steps have the size of the rate
    however small the gradient is.
    """
    penalty = recipe.regularisation.l1
    if penalty == 0:
        return
    for group in optimiser.param_groups:
        for p in group["params"]:
            if p.ndim < 2 or p.grad is None or p not in optimiser.state:
                continue
            state = optimiser.state[p]
            correction = 1 - group["betas"][1] ** float(state["step"])
            metric = (state["exp_avg_sq"].sqrt() / math.sqrt(correction) + group["eps"]).clamp_min(_LEAST_METRIC)
            p.copy_(p.sign() * (p.abs() - group["lr"] * penalty / metric).clamp_min(0))


def share_of_zeros(weights: dict[str, torch.Tensor]) -> float:
    """Share of the entries of all matrices and kernels that are exactly 0."""
    tables = [w for w in weights.values() if w.ndim > 1]
    return float(sum((w == 0).sum() for w in tables) / max(1, sum(w.numel() for w in tables)))
