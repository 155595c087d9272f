"""Grad-CAM (Selvaraju et al. 2017), of images and of volumes."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from learning.toolkit.data import DataError, Floats
from learning.toolkit.localise import channels_first
from learning.toolkit.nets import Network
from learning.toolkit.readers import cases_at_once, make_reader


def grad_cam(model: Network, images: Any, *, finding: int = 0, batch_size: int = 32) -> Floats:
    """N x h x w maps of one finding, of volumes N x planes x h x w: features weighted by their mean gradient, above 0.

    The mean is taken over what one convolution sees: an image, a slice of a bag of slices, a whole 3-D volume.
    Raises DataError for a network without maps.
    """
    require_maps(model)
    reader, parts = make_reader(images, model.input), []
    model.eval()
    at_once = cases_at_once(model.input, batch_size)
    for start in range(0, len(reader), at_once):
        batch = reader.batch(np.arange(start, min(start + at_once, len(reader))))
        parts.append(_of_batch(model, batch, finding))
    if not parts:
        return np.empty((0, 1, 1), np.float32)
    maps = torch.cat(parts).numpy()
    return np.asarray(maps if model.input.is_volume else maps[:, 0], np.float32)


def _of_batch(model: Network, batch: torch.Tensor, finding: int) -> torch.Tensor:
    """B x planes x h x w; an image is one plane."""
    with torch.no_grad():
        maps = model.feature_maps(batch).float()
    maps.requires_grad_(True)
    # cuDNN's recurrent layers give no gradient in evaluation mode
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        logits = model.head(model.pool_maps(maps))
        (gradient,) = torch.autograd.grad(logits[:, finding].sum(), maps)
    together = (3, 4) if model.input.is_bag else (2, 3, 4)
    weights = channels_first(model, gradient).mean(dim=together, keepdim=True)
    return F.relu((weights * channels_first(model, maps)).sum(dim=1)).detach()


def require_maps(model: Network) -> None:
    """Raises DataError for features that do not say where in the image they come from (hand-crafted ones)."""
    if not model.has_maps:
        raise DataError(f"{model.name} has no maps: its features do not say where in the image they come from.")
