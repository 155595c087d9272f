"""Probabilities, embeddings and model uncertainty for stored images."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from learning.toolkit.data import Floats
from learning.toolkit.device import choose_device, own_randomness, ran_out_of_memory, uses_bf16
from learning.toolkit.nets import Network
from learning.toolkit.readers import cases_at_once, make_reader
from learning.toolkit.uncertainty import bald

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Predictions:
    """One row per image, one column per finding of the model.

    probabilities  N x F in 0 to 1, before any temperature (`ModelCard.calibrated`); of masks the surest pixel's.
    embeddings     N x D, input of the last layer.
    epistemic      N x F in bits: what more data could teach (BALD); None without dropout passes, and of masks.
    """

    probabilities: Floats
    embeddings: Floats
    epistemic: Floats | None


def predict(
    model: Network,
    images: Any,
    *,
    batch_size: int = 64,
    mc_passes: int = 0,
    seed: int = 0,
    precision: str = "auto",
    device: str = "auto",
    on_batch: Callable[[int], None] = lambda done: None,
) -> Predictions:
    """Predict N x H x W (or N x C x H x W) images as stored; size and brightness follow `model.input`.

    Of volumes: N x V x H x W prepared planes, or a list of D x H x W volumes, which may differ in depth and size.

    batch_size images at once, fewer volumes; halved for good each time memory runs out.
    mc_passes  passes with dropout over the embedding (Gal and Ghahramani 2016) for `epistemic`; the convolutions
               run once. Probabilities always come from the plain pass.
    on_batch   called with the number of images done; it may raise to cancel.

    The result does not depend on the order of calls or on the global random state.
    """
    target = choose_device(device)
    reader = make_reader(images, model.input)
    model = model.to(target).eval()
    bf16 = uses_bf16(precision, model.name, target)
    outputs: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]] = []
    with torch.inference_mode(), own_randomness(target):
        torch.manual_seed(seed)
        start, size = 0, cases_at_once(model.input, batch_size)
        while start < len(reader):
            rows = np.arange(start, min(start + size, len(reader)))
            try:
                with torch.autocast(target.type, torch.bfloat16, enabled=bf16):
                    presence, embedding = _seen(model, reader.batch(rows, target))
            except RuntimeError as error:
                if not ran_out_of_memory(error) or size == 1:
                    raise
                size = max(1, size // 2)
                _log.warning("Out of memory at image %d: %d at once from here on.", start, size)
                continue
            outputs.append(_read_out(model, presence, embedding.float(), mc_passes))
            start = int(rows[-1]) + 1
            on_batch(start)
    if not outputs:
        return _nothing(model, mc_passes)
    columns = list(zip(*outputs, strict=True))
    return Predictions(
        probabilities=torch.cat(columns[0]).cpu().numpy(),
        embeddings=torch.cat(columns[1]).cpu().numpy(),
        epistemic=None if columns[2][0] is None else torch.cat(columns[2]).cpu().numpy(),
    )


def _seen(model: Network, batch: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor]:
    """Of masks, whether there is any of each finding (else None); and the embedding."""
    if model.kind != "segmentation":
        return None, model.features(batch)
    from learning.toolkit.segment.predict import presence_of

    return presence_of(model, batch)


def _read_out(
    model: Network, presence: torch.Tensor | None, embedding: torch.Tensor, mc_passes: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    if presence is not None:
        return presence, embedding, None
    probabilities = model.probabilities(model.head(embedding))
    if not mc_passes:
        return probabilities, embedding, None
    kept = torch.nn.functional.dropout(embedding.expand(mc_passes, -1, -1), model.dropout_hidden, training=True)
    passes = model.probabilities(model.head(kept)).cpu().numpy()
    return probabilities, embedding, torch.from_numpy(bald(passes))


def _nothing(model: Network, mc_passes: int) -> Predictions:
    empty = np.empty((0, len(model.findings)), np.float32)
    return Predictions(empty, np.empty((0, model.width), np.float32), empty if mc_passes else None)
