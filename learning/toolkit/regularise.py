"""Regularisation that acts on the weights after a step."""

from collections.abc import Iterable
from typing import Any

from learning.recipe import Recipe


def shrink(groups: Iterable[dict[str, Any]], recipe: Recipe) -> None:
    """Apply the recipe's penalties that need exact zeros to the optimiser's parameter groups, in place."""
