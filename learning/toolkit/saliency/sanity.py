"""Does a map show what was learned, or only the image? The test by random weights of Adebayo et al. 2018."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import nn

from learning.toolkit.data import DataError, Floats
from learning.toolkit.nets import Network
from learning.toolkit.saliency.gradient import grad_cam

MOST_SIMILAR = 0.5
"""Maps of a network and of the same one with random weights may correlate this much; more means that a map shows the
image and not what was learned."""
Tell = Callable[[float], None]
Draw = Callable[[Network, Any, int, Tell], Floats]


def _grad_cam(model: Network, images: Any, finding: int, tell: Tell) -> Floats:
    return grad_cam(model, images, finding=finding)


@dataclass(frozen=True, slots=True)
class SanityCheck:
    """Mean size of the rank correlation between n maps of the trained network and of copies with random weights.

    is_flat  the trained network's map has one value everywhere: nothing to compare, and nothing to see.
    """

    similarity: float
    n: int
    is_flat: bool = False

    @property
    def passed(self) -> bool:
        """The maps depend on what was learned."""
        return self.similarity < MOST_SIMILAR and not self.is_flat

    @property
    def sentence(self) -> str:
        """For the page of a run: of many images."""
        follows = (
            "the maps show what was learned" if self.passed
            else "the maps hardly depend on what was learned; do not read them as evidence"
        )
        return (
            f"With random weights in place of the learned ones the maps of {self.n} images correlate "
            f"{self.similarity:+.2f} with what they were: {follows}."
        )


def sanity_check(
    model: Network, images: Any, *, finding: int = 0, seeds: int = 3, draw: Draw = _grad_cam
) -> SanityCheck:
    """Randomise all weights and compare the maps. Raises DataError for a network without maps, and without images."""
    maps = draw(model, images, finding, lambda share: None)
    if not len(maps):
        raise DataError("The sanity check of maps needs at least one image.")
    each = check_each(model, images, maps, finding=finding, draw=draw, copies=seeds)
    return SanityCheck(float(np.mean([one.similarity for one in each])), len(maps), all(one.is_flat for one in each))


def check_each(
    model: Network, images: Any, maps: Floats, *, finding: int, draw: Draw, copies: int,
    tell: Tell = lambda share: None,
) -> list[SanityCheck]:
    """A check of each of these maps by itself, against as many copies of the network with random weights."""
    found = np.zeros((copies, len(maps)))
    for seed in range(copies):
        other = randomised(copy.deepcopy(model), seed=seed)
        drawn = draw(other, images, finding, _tell_part(tell, seed, copies))
        found[seed] = [abs(_correlation(a, b)) for a, b in zip(maps, drawn, strict=True)]
        tell((seed + 1) / copies)
    means = found.mean(axis=0)
    return [SanityCheck(float(mean), 1, bool(np.ptp(one) == 0)) for mean, one in zip(means, maps, strict=True)]


def _tell_part(tell: Tell, number: int, count: int) -> Tell:
    return lambda share: tell((number + share) / count)


def randomised(model: Network, *, seed: int) -> Network:
    """All weights drawn anew, in place, as the layers draw them at birth; the global random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for module in model.modules():
            reset = getattr(module, "reset_parameters", None)
            if callable(reset):
                reset()
            else:
                _draw_own(module)
    return model


def _draw_own(module: nn.Module) -> None:
    """Of a module that cannot draw its weights itself (the cosine head): as a linear layer draws them."""
    for weight in module.parameters(recurse=False):
        bound = 1 / max(1, weight.shape[-1]) ** 0.5 if weight.ndim > 1 else 1.0
        nn.init.uniform_(weight, -bound, bound)


def _correlation(first: Floats, second: Floats) -> float:
    """Spearman's; 0 where a map is flat and orders nothing."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(spearmanr(first.ravel(), second.ravel()).statistic)
