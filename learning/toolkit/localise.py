"""Where a finding's evidence lies: activation maps (Zhou et al. 2016; Draelos and Carin 2020), and boxes from them.

Weak localisation: the map shows what moved the probability, not where the lesion ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import ndimage

from learning.toolkit.data import DataError, Floats
from learning.toolkit.nets import Network
from learning.toolkit.readers import cases_at_once, make_reader

_SHARE = 0.6
"""A box surrounds what is above this share of the map's range."""


@dataclass(frozen=True, slots=True)
class ActivationBox:
    """In pixels of the square input, 0 = centre of the first pixel; x, y are left and top edges.

    plane  of a volume's planes, the one on which the evidence is strongest; 0 for an image.
    """

    row: int
    column: int
    x: float
    y: float
    w: float
    h: float
    plane: int = 0


def class_activation(model: Network, images: Any, *, batch_size: int = 64) -> Floats:
    """N x F x h x w maps of stored images; of volumes N x F x planes x h x w, one map a plane the network saw.

    Of images the head is linear, so a map is a weighted sum of features. Of volumes what combines the planes need not
    be, so each value counts by the logit's gradient at its place (HiResCAM).
    Raises DataError for a network without maps (hand-crafted features).
    """
    if not model.has_maps:
        raise DataError(f"{model.name} has no maps: its features do not say where in the image they come from.")
    reader = make_reader(images, model.input)
    model = model.eval()
    parts = []
    at_once = cases_at_once(model.input, batch_size)
    for start in range(0, len(reader), at_once):
        batch = reader.batch(np.arange(start, min(start + at_once, len(reader))))
        parts.append(_by_gradient(model, batch) if model.input.is_volume else _by_weight(model, batch))
    if not parts:
        return np.empty((0, len(model.findings), 1, 1), np.float32)
    return np.asarray(torch.cat(parts).numpy(), np.float32)


def _by_weight(model: Network, batch: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        maps = model.feature_maps(batch).float()
        weights = model.head.weight.detach()
        # Networks that pool by mean and by maximum have two weights per map; their sum is the map's say.
        say = weights.reshape(len(weights), -1, maps.shape[1]).sum(dim=1)
        return torch.einsum("fc,nchw->nfhw", say, maps)


def _by_gradient(model: Network, batch: torch.Tensor) -> torch.Tensor:
    """N x F x planes x h x w; adjacent slices (2.5d) share one map."""
    with torch.no_grad():
        maps = model.feature_maps(batch).float()
    maps.requires_grad_(True)
    planes = channels_first(model, maps)
    found = []
    # cuDNN's recurrent layers give no gradient in evaluation mode
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        logits = model.head(model.pool_maps(maps))
        for column in range(logits.shape[1]):
            (gradient,) = torch.autograd.grad(logits[:, column].sum(), maps, retain_graph=True)
            found.append((channels_first(model, gradient) * planes).sum(dim=1).detach())
    return torch.stack(found, dim=1)


def channels_first(model: Network, maps: torch.Tensor) -> torch.Tensor:
    """B x C x planes x h x w, whatever the network."""
    if model.input.is_bag:
        return maps.transpose(1, 2)
    return maps if maps.ndim == 5 else maps[:, :, None]


def activation_boxes(
    maps: Floats, probabilities: Floats, *, size: int, least: float = 0.5, most: float = 1.0
) -> list[ActivationBox]:
    """The strongest blob of each case's and finding's map, where the probability is at least `least`.

    None where the map is flat, or the box would cover more than the share `most` of the image. Of several planes
    (N x F x planes x h x w) the one with the highest value is boxed.
    """
    boxes = []
    for row, column in np.argwhere(probabilities >= least):
        activation, plane = maps[row, column], 0
        if activation.ndim == 3:
            plane = int(activation.max(axis=(1, 2)).argmax())
            activation = activation[plane]
        box = _strongest_blob(activation, size)
        if box is not None and box[2] * box[3] <= most * size * size:
            boxes.append(ActivationBox(int(row), int(column), *box, plane))
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
