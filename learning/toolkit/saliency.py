"""What in the image moves a finding's probability, by two independent ways, and whether a map means anything at all."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import spearmanr
from torch import nn

from learning.toolkit.data import DataError, Floats
from learning.toolkit.nets import Network
from learning.toolkit.readers import make_reader

MOST_SIMILAR = 0.5
"""Maps of a network and of the same one with random weights may correlate this much; more means that a map shows the
image and not what was learned."""


def grad_cam(model: Network, images: Any, *, finding: int = 0, batch_size: int = 32) -> Floats:
    """N x h x w Grad-CAM (Selvaraju et al. 2017) of one finding: feature maps weighted by their mean gradient, above 0.

    Raises DataError for a network without maps, and for volumes.
    """
    _check(model)
    reader, parts = make_reader(images, model.input), []
    model.eval()
    for start in range(0, len(reader), batch_size):
        batch = reader.batch(np.arange(start, min(start + batch_size, len(reader))))
        with torch.no_grad():
            maps = model.feature_maps(batch).float()
        maps.requires_grad_(True)
        with torch.enable_grad():
            logits = model.head(model.pool_maps(maps))
            (gradient,) = torch.autograd.grad(logits[:, finding].sum(), maps)
        parts.append(F.relu((gradient.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1)).detach().numpy())
    return np.concatenate(parts) if parts else np.empty((0, 1, 1), np.float32)


def occlusion(model: Network, images: Any, *, finding: int = 0, patch: int = 8, stride: int = 8) -> Floats:
    """N x h x w falls of the finding's logit when a square of `patch` pixels is filled with the image's mean.

    Zeiler and Fergus 2014. One place per `stride` pixels; the cost is a prediction per place.
    """
    _check(model)
    reader = make_reader(images, model.input)
    model.eval()
    maps = []
    with torch.inference_mode():
        for row in range(len(reader)):
            image = reader.batch(np.array([row]))
            maps.append(_occluded(model, image, finding, patch, stride))
    return np.stack(maps) if maps else np.empty((0, 1, 1), np.float32)


def _occluded(model: Network, image: torch.Tensor, finding: int, patch: int, stride: int) -> Floats:
    size, filling = image.shape[-1], float(image.mean())
    places = range(0, size - patch + 1, stride)
    copies = image.repeat(len(places) ** 2, 1, 1, 1)
    for number, (y, x) in enumerate((y, x) for y in places for x in places):
        copies[number, :, y : y + patch, x : x + patch] = filling
    whole = model(image)[0, finding]
    falls = torch.cat([whole - model(part)[:, finding] for part in torch.split(copies, 64)])
    return np.asarray(falls.reshape(len(places), len(places)).float().numpy())


@dataclass(frozen=True, slots=True)
class SanityCheck:
    """Mean rank correlation between maps of the trained network and of copies with random weights (Adebayo 2018)."""

    similarity: float
    n: int

    @property
    def passed(self) -> bool:
        """The maps depend on what was learned."""
        return self.similarity < MOST_SIMILAR

    @property
    def sentence(self) -> str:
        """For the page."""
        follows = (
            "the maps show what was learned" if self.passed
            else "the maps hardly depend on what was learned; do not read them as evidence"
        )
        return (
            f"With random weights in place of the learned ones the maps of {self.n} images correlate "
            f"{self.similarity:+.2f} with what they were: {follows}."
        )


def sanity_check(model: Network, images: Any, *, finding: int = 0, seeds: int = 3) -> SanityCheck:
    """Randomise all weights and compare the Grad-CAM maps. Raises DataError as `grad_cam`, and without images."""
    maps = grad_cam(model, images, finding=finding)
    if not len(maps):
        raise DataError("The sanity check of maps needs at least one image.")
    values = []
    for seed in range(seeds):
        other = randomised(copy.deepcopy(model), seed=seed)
        values += [_correlation(a, b) for a, b in zip(maps, grad_cam(other, images, finding=finding), strict=True)]
    return SanityCheck(float(np.mean(np.abs(values))), len(maps))


def randomised(model: Network, *, seed: int) -> Network:
    """All weights drawn anew, in place, as the layers draw them at birth; the global random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for module in model.modules():
            reset = getattr(module, "reset_parameters", None)
            if isinstance(module, nn.Module) and callable(reset):
                reset()
    return model


def _correlation(first: Floats, second: Floats) -> float:
    """Spearman's; 0 where a map is flat and orders nothing."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(spearmanr(first.ravel(), second.ravel()).statistic)


def points_at(maps: Floats, boxes: list[tuple[float, float, float, float] | None], *, size: int) -> float:
    """Share of maps whose highest place lies in the image's box, x, y, w, h in the input's pixels (Zhang 2018).

    Images without a box are left out. Raises DataError when no image has one.
    """
    hits = []
    for one, box in zip(maps, boxes, strict=True):
        if box is None:
            continue
        row, column = np.unravel_index(int(one.argmax()), one.shape)
        y, x = ((place + 0.5) * size / side - 0.5 for place, side in zip((row, column), one.shape, strict=True))
        hits.append(box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3])
    if not hits:
        raise DataError("No image has a box to point at.")
    return float(np.mean(hits))


def _check(model: Network) -> None:
    if not model.has_maps:
        raise DataError(f"{model.name} has no maps: its features do not say where in the image they come from.")
    if model.input.is_volume:
        raise DataError("Maps by gradient and by occlusion are there for images; volumes have class activation maps.")
