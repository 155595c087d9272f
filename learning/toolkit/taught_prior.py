"""The prevalence that a training taught, where it is not that of its cases; `prior_shift` corrects by it."""

import numpy as np
import torch

from learning.recipe import Recipe
from learning.toolkit.classes import class_sizes, inverse_frequency
from learning.toolkit.prior_shift import Table
from learning.toolkit.rarity import effective_weights, log_odds, prior_shift, side_counts
from learning.toolkit.sampling import shown


def taught_shift(
    recipe: Recipe, targets: torch.Tensor, weights: torch.Tensor, *, followed: bool
) -> torch.Tensor | None:
    """F log odds by which a network trained so exceeds what is true at the cases' own prevalence.

    followed  whether the training had validation cases. Dynamic sampling changes its shares with their answers, so what
              it taught in all is not known: None. Without them it shows all sides equally often, which is.
    """
    part = recipe.imbalance
    if part.sampling != "dynamic" or part.sampling_strength == 0:
        return prior_shift(recipe, targets, weights)
    if followed:
        return None
    drawn = weights * shown(recipe, targets, weights)[:, None]
    return (log_odds(side_counts(targets, drawn)) - log_odds(side_counts(targets, weights))).float()


def taught_shares(recipe: Recipe, targets: torch.Tensor, weights: torch.Tensor) -> tuple[Table, Table]:
    """Of C classes that exclude each other: the shares that training taught, and those of the cases.

    For `correct_class_priors(probabilities, trained=…, deployed=…)`: a temperature alone can't move a class back that
    weights, sampling or logit adjustment have moved. Dynamic sampling counts as without validation cases. Every class
    needs a case.

    >>> recipe = Recipe.model_validate({"targets": {"kind": "multiclass"}, "imbalance": {"sampling": "oversample"}})
    >>> taught, own = taught_shares(recipe, torch.eye(2)[[0, 0, 0, 1]], torch.ones(4, 2))
    >>> taught.round(6).tolist(), own.tolist()
    ([0.5, 0.5], [0.75, 0.25])
    """
    part, sizes = recipe.imbalance, class_sizes(targets, weights).double()
    taught = class_sizes(targets, weights * shown(recipe, targets, weights)[:, None]).double()
    if part.class_weights == "inverse_prevalence":
        taught = sizes * inverse_frequency(targets, weights)
    elif part.class_weights == "class_balanced":
        taught = sizes * effective_weights(sizes, part.beta)
    elif part.loss == "logit_adjustment":
        taught = (sizes / sizes.sum()) ** (1 - part.logit_tau)
    return _shares(taught), _shares(sizes)


def _shares(sizes: torch.Tensor) -> Table:
    table = sizes.cpu().numpy()
    return np.asarray(table / table.sum())
