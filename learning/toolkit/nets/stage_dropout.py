"""Dropout of whole feature maps after the stages of a backbone (Tompson et al. 2015)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from learning.toolkit.data import DataError
from learning.toolkit.nets.backbone import Stage


def drop_after(stages: Sequence[Stage], probabilities: Sequence[float]) -> None:
    """Each stage's output loses maps with its drop probability while the stage is in training mode.

    One probability goes for all stages; stages beyond the last one given have 0. Raises DataError for too many.
    """
    if len(probabilities) > len(stages):
        names = ", ".join(name for name, _ in stages)
        raise DataError(
            f"regularisation.dropout_stages has {len(probabilities)} probabilities; this network has {len(stages)} "
            f"stages: {names}."
        )
    each = list(probabilities) * len(stages) if len(probabilities) == 1 else probabilities
    for (_, layers), p in zip(stages, each, strict=False):
        if p > 0:
            layers[-1].register_forward_hook(partial(_dropped, p))


def _dropped(p: float, layer: nn.Module, given: Any, output: torch.Tensor) -> torch.Tensor:
    if not layer.training:
        return output
    kept = F.dropout(output.new_ones(output.shape[:2]), p)
    return output * kept.reshape(*kept.shape, *[1] * (output.ndim - 2))
