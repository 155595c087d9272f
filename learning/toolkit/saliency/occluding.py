"""Occlusion (Zeiler and Fergus 2014), of images and of volumes."""

from collections.abc import Callable, Iterator
from itertools import pairwise, product
from typing import Any

import numpy as np
import torch

from learning.toolkit.data import Floats
from learning.toolkit.nets import Network
from learning.toolkit.readers import cases_at_once, make_reader
from learning.toolkit.saliency.gradient import require_maps

GROUPS = 8
"""Of a volume so many stacks of neighbouring planes are covered in turn, one square of each."""
Edges = list[tuple[int, int]]


def occlusion(
    model: Network, images: Any, *, finding: int = 0, patch: int = 8, stride: int = 8,
    tell: Callable[[float], None] = lambda share: None,
) -> Floats:
    """N x h x w falls of a finding's logit when a square is filled with the mean; of volumes N x planes x h x w.

    patch   width of the square in pixels, cut at the edges.
    stride  cells of the map are about so many pixels wide, and tile the image; a square has its cell's middle.
    tell    hears how much is done, 0 to 1: the cost is a prediction per cell, of volumes times `GROUPS`.
    Raises DataError for a network without maps.
    """
    require_maps(model)
    reader = make_reader(images, model.input)
    model.eval()
    maps = []
    with torch.inference_mode():
        for row in range(len(reader)):
            case = reader.batch(np.array([row]))
            maps.append(_falls(model, case, finding, patch, stride, _tell_part(tell, row, len(reader))))
    return np.stack(maps) if maps else np.empty((0, 1, 1), np.float32)


def _tell_part(tell: Callable[[float], None], row: int, rows: int) -> Callable[[float], None]:
    return lambda share: tell((row + share) / rows)


def _falls(
    model: Network, case: torch.Tensor, finding: int, patch: int, stride: int, tell: Callable[[float], None]
) -> Floats:
    axis, planes = _planes(model, case)
    squares = _squares(case.shape[-1], patch, stride)
    stacks = _stacks(planes)
    blocks = list(product(stacks, squares, squares))
    whole, filling, found = model(case)[0, finding], float(case.nanmean()), []
    for some in _batches(blocks, cases_at_once(model.input, 64)):
        copies = case.repeat(len(some), *[1] * (case.ndim - 1))
        for copy, (depth, y, x) in zip(copies, some, strict=True):
            stack = copy if axis is None else copy.narrow(axis - 1, depth[0], depth[1] - depth[0])
            stack[..., y[0] : y[1], x[0] : x[1]] = filling
        found.append(whole - model(copies)[:, finding])
        tell(sum(map(len, found)) / len(blocks))
    falls = torch.cat(found).float().reshape(len(stacks), len(squares), len(squares)).numpy()
    if not model.input.is_volume:
        return np.asarray(falls[0], np.float32)
    return np.asarray(np.repeat(falls, [last - first for first, last in stacks], axis=0), np.float32)


def _planes(model: Network, case: torch.Tensor) -> tuple[int | None, int]:
    """The axis along which planes can be covered apart, and how many there are; channels are covered together."""
    if model.input.is_bag:
        return 1, case.shape[1]
    return (2, case.shape[2]) if case.ndim == 5 else (None, 1)


def _stacks(planes: int) -> Edges:
    groups = min(planes, GROUPS)
    edges = np.linspace(0, planes, groups + 1).round().astype(int).tolist()
    return list(pairwise(edges))


def _squares(size: int, patch: int, stride: int) -> Edges:
    """First and last-but-one pixels along one side."""
    cells = max(1, round(size / stride))
    middles = (np.arange(cells) + 0.5) * size / cells
    starts = np.floor(middles - patch / 2 + 0.5).astype(int)
    return [(max(0, start), min(size, start + patch)) for start in starts.tolist()]


def _batches(blocks: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(blocks), size):
        yield blocks[start : start + size]
