"""Normalisation by batch or by group, whichever the batch size bears, in any backbone."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from torch import nn

from learning.recipe import Recipe
from learning.toolkit.nets.backbone import Backbone

NormKind = Literal["own", "batch", "group"]
LEAST_BATCH = 16
"""Below this many images a step, batch statistics are too noisy (Wu and He 2018)."""
_GROUPS = 32
_BATCH_MARK = "running_mean"


def norm_kind(recipe: Recipe) -> NormKind:
    """The recipe's choice; public weights keep the statistics that they were published with."""
    asked = recipe.regularisation.norm
    if asked != "auto":
        return asked
    few = recipe.optimiser.batch_size < LEAST_BATCH and recipe.start.kind != "weights"
    return "group" if few else "own"


def as_stored(recipe: Recipe, names: Iterable[str]) -> Recipe:
    """The recipe with the normalisation that weights of these names have, where it is "auto": models from before groups
    were chosen by batch size keep their batches."""
    if recipe.regularisation.norm != "auto" or not any(name.endswith(_BATCH_MARK) for name in names):
        return recipe
    part = recipe.regularisation.model_copy(update={"norm": "batch"})
    return recipe.model_copy(update={"regularisation": part})


def norm_mismatch(own: Iterable[str], given: Iterable[str]) -> str:
    """What to do when weights come from a network with the other normalisation; empty when they fit.

    Names and shapes of scale and offset are alike in both, so that loading by them would not notice.
    """
    mine, theirs = (any(name.endswith(_BATCH_MARK) for name in names) for names in (own, given))
    if mine == theirs:
        return ""
    kind = "batch" if theirs else "group"
    return f"It was trained with {kind} normalisation; set regularisation.norm to '{kind}'."


def with_norms(backbone: Backbone, kind: NormKind) -> Backbone:
    """The backbone with its normalisation layers replaced in place, if the kind is not their own.

    Groups: 32, or fewer where the channels cannot be parted so. With "auto", group normalisation stays what it is.
    """
    if kind == "own":
        return backbone
    three = any(isinstance(m, nn.Conv3d) for m in backbone.module.modules())
    changed: dict[nn.Module, nn.Module] = {}
    for parent in list(backbone.module.modules()):
        for name, child in list(parent.named_children()):
            new = _replacement(child, kind, three)
            if new is not None:
                setattr(parent, name, new)
                changed[child] = new
    stages = tuple((name, tuple(changed.get(m, m) for m in parts)) for name, parts in backbone.stages)
    return replace(backbone, stages=stages)


def _replacement(layer: nn.Module, kind: NormKind, three: bool) -> nn.Module | None:
    if kind == "group" and isinstance(layer, nn.modules.batchnorm._BatchNorm):
        return nn.GroupNorm(math.gcd(_GROUPS, layer.num_features), layer.num_features)
    if kind == "batch" and isinstance(layer, nn.GroupNorm):
        return nn.BatchNorm3d(layer.num_channels) if three else nn.BatchNorm2d(layer.num_channels)
    return None
