"""Masks for stored images; large ones window by window."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from learning.toolkit.device import choose_device, own_randomness, uses_bf16
from learning.toolkit.readers import cases_at_once, make_reader

_OVERLAP = 0.5
Windows = list[tuple[slice, ...]]


def windows_of(whole: tuple[int, ...], side: int) -> Windows:
    """Windows of `side` pixels along each axis (less where there is less), half overlapping, that cover everything.

    >>> [cut[0] for cut in windows_of((10,), 4)]
    [slice(0, 4, None), slice(2, 6, None), slice(4, 8, None), slice(6, 10, None)]
    """
    starts = []
    for length in whole:
        room, step = max(0, length - side), max(1, int(side * (1 - _OVERLAP)))
        starts.append(sorted({min(start, room) for start in range(0, room + step, step)}))
    size = tuple(min(length, side) for length in whole)
    return [tuple(slice(p, p + s) for p, s in zip(place, size, strict=True)) for place in product(*starts)]


def window_weights(size: tuple[int, ...]) -> torch.Tensor:
    """A bell, an eighth of the window wide (Isensee et al. 2021): borders, which see less around them, count less."""
    bell = torch.ones(size)
    for axis, length in enumerate(size):
        at = (torch.arange(length, dtype=torch.float32) - (length - 1) / 2) / max(length / 8, 0.5)
        shape = [-1 if one == axis else 1 for one in range(len(size))]
        bell = bell * torch.exp(-0.5 * at**2).clamp_min(1e-3).reshape(shape)
    return bell


def windowed(model: nn.Module, batch: torch.Tensor, side: int | None) -> torch.Tensor:
    """B x F x … logits of B x C x … input: in one go, or the weighted mean over windows of `side` pixels."""
    whole = tuple(batch.shape[2:])
    if side is None or all(length <= side for length in whole):
        return torch.as_tensor(model(batch))
    cuts = windows_of(whole, side)
    bell = window_weights(tuple(one.stop - one.start for one in cuts[0])).to(batch.device)
    total: torch.Tensor | None = None
    count = torch.zeros(whole, device=batch.device)
    for cut in cuts:
        logits = model(batch[(slice(None), slice(None), *cut)].contiguous()).float()
        if total is None:
            total = torch.zeros((*logits.shape[:2], *whole), device=batch.device)
        total[(slice(None), slice(None), *cut)] += logits * bell
        count[cut] += bell
    assert total is not None
    return total / count


class Outlined(NamedTuple):
    """Of a batch: its rows, B x F x … probabilities on the network's grid, B x width embeddings."""

    rows: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float32]
    embeddings: npt.NDArray[np.float32]


def outline_batches(
    model: Any, images: Any, *, batch_size: int = 16, precision: str = "auto", device: str = "auto"
) -> Iterator[Outlined]:
    """Stored images or volumes batch by batch, by windows where the model learned from patches."""
    target = choose_device(device)
    reader = make_reader(images, model.input)
    model = model.to(target).eval()
    size = cases_at_once(model.input, batch_size)
    bf16 = uses_bf16(precision, model.name, target)
    for start in range(0, len(reader), size):
        rows = np.arange(start, min(start + size, len(reader)))
        with torch.inference_mode(), own_randomness(target), torch.autocast(target.type, torch.bfloat16, enabled=bf16):
            logits, embedding = _outlines(model, reader.batch(rows, target))
        yield Outlined(rows, torch.sigmoid(logits.float()).cpu().numpy(), embedding.float().cpu().numpy())


def segment(
    model: Any, images: Any, *, batch_size: int = 16, device: str = "auto",
    on_batch: Callable[[int], None] = lambda done: None,
) -> npt.NDArray[np.float32]:
    """N x F x … probabilities of stored images on the network's grid, by windows where the model learned from patches.

    on_batch  called with the number of images done; it may raise to cancel.
    """
    parts = []
    for batch in outline_batches(model, images, batch_size=batch_size, device=device):
        parts.append(batch.probabilities)
        on_batch(int(batch.rows[-1]) + 1)
    return np.concatenate(parts) if parts else np.empty((0, len(model.findings), 0, 0), np.float32)


def presence_of(
    model: Any, batch: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """B x F probability of the surest pixel, and the B x width embedding of the whole image."""
    logits, embedding = _outlines(model, batch)
    return torch.sigmoid(logits.float().flatten(2).amax(dim=2)), embedding


def _outlines(model: Any, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """B x F x … logits and B x width embeddings."""
    if model.patch is None:
        logits, embedding = model.outlines(batch)
        return logits, embedding
    return windowed(model, batch, model.patch), model.features(batch)
