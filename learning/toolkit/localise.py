"""Where in the image a finding's evidence lies: class activation maps (Zhou et al. 2016), and boxes from them.

Weak localisation: the map shows what moved the probability, not where the lesion ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import ndimage

from learning.toolkit.data import Floats
from learning.toolkit.images import ImageReader
from learning.toolkit.nets import Network

_SHARE = 0.6
"""A box surrounds what is above this share of the map's range."""


@dataclass(frozen=True, slots=True)
class ActivationBox:
    """In pixels of the square input, 0 = centre of the first pixel; x, y are left and top edges."""

    row: int
    column: int
    x: float
    y: float
    w: float
    h: float


def class_activation(model: Network, images: Any, *, batch_size: int = 64) -> Floats:
    """N x F x h x w maps for N x H x W stored images; the head is linear, so a map is a weighted sum of features."""
    reader = ImageReader(images, model.input)
    model = model.eval()
    weights = model.head.weight.detach()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(reader), batch_size):
            rows = np.arange(start, min(start + batch_size, len(reader)))
            maps = _maps(model, reader.batch(rows)).float()
            # Networks that pool by mean and by maximum have two weights per map; their sum is the map's say.
            say = weights.reshape(len(weights), -1, maps.shape[1]).sum(dim=1)
            parts.append(torch.einsum("fc,nchw->nfhw", say, maps))
    if not parts:
        return np.empty((0, len(weights), 1, 1), np.float32)
    return np.asarray(torch.cat(parts).numpy(), np.float32)


def _maps(model: Network, batch: torch.Tensor) -> torch.Tensor:
    backbone: Any = model.backbone
    if model.name == "small_cnn":
        return torch.as_tensor(backbone.layers(batch))
    if model.name == "densenet121":
        return torch.relu(backbone.maps(batch))
    kept: list[torch.Tensor] = []
    handle = backbone.layer4.register_forward_hook(lambda module, args, output: kept.append(output))
    try:
        backbone(batch)
    finally:
        handle.remove()
    return kept[0]


def activation_boxes(
    maps: Floats, probabilities: Floats, *, size: int, least: float = 0.5, most: float = 1.0
) -> list[ActivationBox]:
    """The strongest blob of each image's and finding's map, where the probability is at least `least`.

    None where the map is flat, or the box would cover more than the share `most` of the image.
    """
    boxes = []
    for row, column in np.argwhere(probabilities >= least):
        box = _strongest_blob(maps[row, column], size)
        if box is not None and box[2] * box[3] <= most * size * size:
            boxes.append(ActivationBox(int(row), int(column), *box))
    return boxes


def _strongest_blob(activation: Floats, size: int) -> tuple[float, float, float, float] | None:
    low, high = float(activation.min()), float(activation.max())
    if high - low < 1e-6:
        return None
    labels, count = ndimage.label(activation >= low + _SHARE * (high - low))
    peak = labels[np.unravel_index(int(activation.argmax()), activation.shape)]
    if count == 0 or peak == 0:
        return None
    rows, columns = ndimage.find_objects((labels == peak).astype(np.int32))[0]
    cell = size / activation.shape[0]
    return (
        columns.start * cell - 0.5,
        rows.start * cell - 0.5,
        (columns.stop - columns.start) * cell,
        (rows.stop - rows.start) * cell,
    )
