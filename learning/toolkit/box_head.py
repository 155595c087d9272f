"""Boxes learned from readers' boxes: a linear head on a classifier's own maps, solved in closed form.

Every cell of the maps, with its eight neighbours and its place, answers two ridge regressions (Hoerl and Kennard 1970):
whether it lies in a box of the finding, and how far from its centre that box's four edges are, as in FCOS (Tian et al.
2019). The cell that is surest of the first says where the box is. A few dozen boxes are enough, and take seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from learning.toolkit.data import DataError, Floats
from learning.toolkit.detection import Corners, TaughtImage
from learning.toolkit.localise import ActivationBox
from learning.toolkit.nets import Network
from learning.toolkit.readers import cases_at_once, make_reader
from learning.toolkit.tasks import presence_columns

FEW = 10
"""A finding with fewer boxed images is not learned."""
_WIDEST = 128
"""Of networks with more maps a cell's neighbours are left out, so that the equations stay small."""
_FINEST = 16
"""Maps with more cells a side are averaged to this."""
_PENALTY = 0.1
"""Of the weights' squares, beside the mean squared error, on features of unit variance."""
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Ridge:
    """Linear in standardised features."""

    mean: Numbers
    spread: Numbers
    weights: Numbers
    bias: Numbers

    @classmethod
    def fit(cls, features: Numbers, answers: Numbers) -> Self:
        """From n x d features and n x k answers."""
        mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
        x, bias = (features - mean) / spread, answers.mean(axis=0)
        gram = x.T @ x + _PENALTY * len(x) * np.eye(x.shape[1])
        return cls(mean, spread, np.linalg.solve(gram, x.T @ (answers - bias)), bias)

    def __call__(self, features: Numbers) -> Numbers:
        return np.asarray((features - self.mean) / self.spread @ self.weights + self.bias)


@dataclass(frozen=True, slots=True)
class BoxHead:
    """Per finding that was boxed often enough, where its box is on an image that has one.

    size  side of the network's square in pixels; boxes are in it, 0 = centre of the first pixel.
    """

    size: int
    inside: dict[str, _Ridge]
    edges: dict[str, _Ridge]

    @classmethod
    def fit(cls, maps: Floats, taught: Sequence[TaughtImage], *, size: int) -> Self:
        """From N x C x h x w maps and what readers marked on each image. Only images with a box of it teach a finding.

        Raises DataError where maps and images are not as many, or the maps are a volume's.
        """
        if maps.ndim != 4 or len(maps) != len(taught):
            raise DataError(f"{len(taught)} images with boxes need N x C x h x w maps; their shape is {maps.shape}.")
        inside, edges = {}, {}
        for finding in sorted({code for one in taught for code in one.boxes}):
            rows = [row for row, one in enumerate(taught) if one.boxes.get(finding)]
            if len(rows) < FEW:
                continue
            cells, centres = _cells(maps[rows]), _centres(maps.shape[2:], size)
            owner = np.stack([_owners(taught[row].boxes[finding], centres) for row in rows])
            within = ~np.isnan(owner[:, :, 0])
            inside[finding] = _Ridge.fit(cells.reshape(-1, cells.shape[-1]), within.reshape(-1, 1).astype(float))
            edges[finding] = _Ridge.fit(cells[within], owner[within])
        return cls(size, inside, edges)

    @property
    def findings(self) -> tuple[str, ...]:
        """What was learned."""
        return tuple(self.inside)

    def boxes(
        self, maps: Floats, probabilities: npt.ArrayLike, columns: Sequence[str], *, least: float
    ) -> list[ActivationBox]:
        """One on each image and learned finding whose probability (N x F, of these columns) is at least `least`.

        In the form that activation boxes have; the column is the one that says whether there is any of the finding.
        """
        likely = np.asarray(probabilities)
        found = []
        for finding, column in presence_columns(columns).items():
            if finding in self.inside:
                rows = np.flatnonzero(likely[:, column] >= least)
                found += [
                    ActivationBox(int(row), column, *box)
                    for row, box in zip(rows, self.place(maps[rows], finding), strict=True)
                ]
        return found

    def place(self, maps: Floats, finding: str) -> list[Corners]:
        """The box of each of N x C x h x w maps, as if there were one on every image; inside the square."""
        if not len(maps):
            return []
        cells, centres = _cells(maps), _centres(maps.shape[2:], self.size)
        best = self.inside[finding](cells)[:, :, 0].argmax(axis=1)
        chosen = cells[np.arange(len(cells)), best]
        return [_within(*row, size=self.size) for row in _corners(centres[best], self.edges[finding](chosen))]


def maps_of(model: Network, images: Any, *, batch_size: int = 64) -> Floats:
    """N x C x h x w maps of stored images before the network pools them, which `BoxHead` learns from.

    Raises DataError for a network without maps, or one that reads volumes.
    """
    if not model.has_maps or model.input.is_volume:
        raise DataError(f"{model.name} has no maps of single images to learn boxes from.")
    reader = make_reader(images, model.input)
    model = model.eval()
    at_once = cases_at_once(model.input, batch_size)
    parts = []
    with torch.inference_mode():
        for start in range(0, len(reader), at_once):
            maps = model.feature_maps(reader.batch(np.arange(start, min(start + at_once, len(reader))))).float()
            parts.append(F.adaptive_avg_pool2d(maps, min(_FINEST, maps.shape[-1])).cpu().numpy())
    return np.concatenate(parts) if parts else np.empty((0, 1, 1, 1), np.float32)


def _cells(maps: Floats) -> Numbers:
    """N x cells x features: the maps in the 3 x 3 cells around, and the cell's place with its squares."""
    count, channels, height, width = maps.shape
    wide = np.pad(np.asarray(maps, np.float64), ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    around = range(3) if channels <= _WIDEST else (1,)
    near = [wide[:, :, dy : dy + height, dx : dx + width] for dy in around for dx in around]
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    place = np.broadcast_to(np.stack([x, y, x * x, y * y]), (count, 4, height, width))
    return np.concatenate([*near, place], axis=1).reshape(count, -1, height * width).transpose(0, 2, 1)


def _centres(shape: tuple[int, ...], size: int) -> Numbers:
    """cells x 2: x and y of each cell's centre."""
    y, x = np.meshgrid(*[(np.arange(n) + 0.5) * size / n - 0.5 for n in shape], indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _owners(boxes: Sequence[Corners], centres: Numbers) -> Numbers:
    """cells x 4: how far left, up, right and down the edges of the smallest box around a cell are; NaN outside all.

    A box that holds no centre belongs to the cell nearest to its own.
    """
    found = np.full((len(centres), 4), np.nan)
    for x, y, w, h in sorted(boxes, key=lambda box: -box[2] * box[3]):
        away = np.stack([centres[:, 0] - x, centres[:, 1] - y, x + w - centres[:, 0], y + h - centres[:, 1]], axis=1)
        holds = np.flatnonzero((away >= 0).all(axis=1))
        nearest = np.abs(centres - [x + w / 2, y + h / 2]).sum(axis=1).argmin()
        chosen = holds if len(holds) else nearest
        found[chosen] = away[chosen]
    return found


def _corners(centres: Numbers, away: Numbers) -> Numbers:
    """N x 4: left, top, right, bottom."""
    return np.concatenate([centres - away[:, :2], centres + away[:, 2:]], axis=1)


def _within(left: float, top: float, right: float, bottom: float, *, size: int) -> Corners:
    """A box of at least one pixel inside the square, as x, y, w, h."""
    x, y = (float(np.clip(v, -0.5, size - 1.5)) for v in (left, top))
    return x, y, max(1.0, min(size - 0.5, float(right)) - x), max(1.0, min(size - 0.5, float(bottom)) - y)
