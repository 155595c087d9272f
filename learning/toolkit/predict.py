"""Probabilities, embeddings and model uncertainty for stored images."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from learning.toolkit.data import Floats
from learning.toolkit.device import choose_device, own_randomness, uses_bf16
from learning.toolkit.nets import Network
from learning.toolkit.readers import make_reader
from learning.toolkit.uncertainty import bald


@dataclass(frozen=True, slots=True)
class Predictions:
    """One row per image, one column per finding of the model.

    probabilities  N x F in 0 to 1, before any temperature (`calibrate.scale`).
    embeddings     N x D, input of the last layer.
    epistemic      N x F in bits: what more data could teach (BALD); None without dropout passes.
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
        for start in range(0, len(reader), batch_size):
            rows = np.arange(start, min(start + batch_size, len(reader)))
            with torch.autocast(target.type, torch.bfloat16, enabled=bf16):
                embedding = model.features(reader.batch(rows, target))
            outputs.append(_read_out(model, embedding.float(), mc_passes))
            on_batch(int(rows[-1]) + 1)
    if not outputs:
        return _nothing(model, mc_passes)
    columns = list(zip(*outputs, strict=True))
    return Predictions(
        probabilities=torch.cat(columns[0]).cpu().numpy(),
        embeddings=torch.cat(columns[1]).cpu().numpy(),
        epistemic=torch.cat(columns[2]).cpu().numpy() if mc_passes else None,
    )


def _read_out(
    model: Network, embedding: torch.Tensor, mc_passes: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    probabilities = model.probabilities(model.head(embedding))
    if not mc_passes:
        return probabilities, embedding, None
    kept = torch.nn.functional.dropout(embedding.expand(mc_passes, -1, -1), model.dropout_hidden, training=True)
    passes = model.probabilities(model.head(kept)).cpu().numpy()
    return probabilities, embedding, torch.from_numpy(bald(passes))


def _nothing(model: Network, mc_passes: int) -> Predictions:
    empty = np.empty((0, len(model.findings)), np.float32)
    return Predictions(empty, np.empty((0, model.width), np.float32), empty if mc_passes else None)
