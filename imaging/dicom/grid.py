"""Pixels and volumes on the grid that a network sees: spacing in millimetres, orientation, parts, views.

Resampling averages the line drawn through the samples over the width of a target cell, so that a linear ramp stays one,
whatever the spacing, and fine structure does not alias.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
AS_STORED = ((0, 1), (1, 1), (2, 1))
Turn = tuple[tuple[int, int], ...]
"""Per source axis the target axis and the sign of its direction."""


@dataclass(frozen=True)
class Axis:
    """Sample centres of one axis in mm, ascending, and the distance that each of them stands for."""

    positions: Doubles
    step: float

    @classmethod
    def regular(cls, count: int, step: float) -> Axis:
        """From half a step on, so that the edge of the first sample is 0."""
        return cls(np.asarray((np.arange(count) + 0.5) * step, np.float64), step)

    @property
    def low(self) -> float:
        return float(self.positions[0]) - self.step / 2

    @property
    def extent(self) -> float:
        return float(self.positions[-1]) + self.step / 2 - self.low

    @property
    def middle(self) -> float:
        return self.low + self.extent / 2


def targets(count: int, step: float, middle: float) -> Doubles:
    """Centres of `count` cells of this step around `middle`."""
    return np.asarray(middle + (np.arange(count) - (count - 1) / 2) * step, np.float64)


def sampling(source: Axis, wanted: Doubles, step: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Weights, wanted x source, of the mean of the linear interpolant over each cell; and which cells lie inside.

    Rows of cells whose centre lies outside the source are 0.
    """
    inside = (wanted >= source.low - 1e-6) & (wanted <= source.low + source.extent + 1e-6)
    weights = np.zeros((len(wanted), len(source.positions)), np.float32)
    if len(source.positions) == 1:
        weights[inside, 0] = 1
        return weights, inside
    points = 2 * int(np.ceil(step / source.step)) + 1 if step > 1.001 * source.step else 1
    offsets = ((np.arange(points) + 0.5) / points - 0.5) * step
    at = np.clip(wanted[:, None] + offsets, source.positions[0], source.positions[-1])
    left = np.clip(np.searchsorted(source.positions, at, side="right") - 1, 0, len(source.positions) - 2)
    share = (at - source.positions[left]) / (source.positions[left + 1] - source.positions[left])
    rows = np.broadcast_to(np.arange(len(wanted))[:, None], left.shape)
    np.add.at(weights, (rows, left), ((1 - share) / points).astype(np.float32))
    np.add.at(weights, (rows, left + 1), (share / points).astype(np.float32))
    weights[~inside] = 0
    return weights, inside


def turn_of(orientation: Sequence[float]) -> Turn:
    """How slices, rows and columns turn to feet-to-head, front-to-back and right-to-left (PS3.3 C.7.6.2.1.1).

    Oblique volumes take the nearest axes; without an orientation nothing is turned.
    """
    if len(orientation) != 6:
        return AS_STORED
    columns, rows = np.array(orientation[:3], float), np.array(orientation[3:], float)
    directions = [np.cross(columns, rows), rows, columns]
    worlds = [int(np.abs(d).argmax()) for d in directions]
    if len(set(worlds)) != 3:
        return AS_STORED
    return tuple((2 - world, 1 if d[world] >= 0 else -1) for world, d in zip(worlds, directions, strict=True))


@dataclass(frozen=True)
class Focus:
    """Part of a volume or image: middle in mm per source axis (slices, rows, columns), and the side of the cube."""

    middle: tuple[float, float, float]
    side: float


def on_grid(
    slice_at: Callable[[int], npt.NDArray[np.floating]], axes: tuple[Axis, Axis, Axis], shape: tuple[int, int, int], *,
    spacing_mm: float | None = None, turn: Turn = AS_STORED, isotropic: bool = False, focus: Focus | None = None,
    pad: float = 0.0,
) -> Floats:
    """A volume of `shape` (slices, rows, columns) in the target's orientation; what lies outside is `pad`.

    slice_at    gives slice n of the source; each is asked for once at most, so one slice is in memory at a time.
    spacing_mm  of the target, in all directions; None fits the whole (or the focus) into the shape: rows and columns
                at one scale, slices at their own unless `isotropic`.
    """
    wanted = [shape[to] for to, _ in turn]
    steps = _steps(axes, wanted, turn, spacing_mm, isotropic, focus)
    middles = [axis.middle for axis in axes] if focus is None else list(focus.middle)
    made = [
        sampling(axis, targets(count, step, middle), step)
        for axis, count, step, middle in zip(axes, wanted, steps, middles, strict=True)
    ]
    (along, in0), (down, in1), (across, in2) = made
    volume = np.zeros(wanted, np.float32)
    for n in np.flatnonzero(along.any(axis=0)):
        plane = down @ np.asarray(slice_at(int(n)), np.float32) @ across.T
        for k in np.flatnonzero(along[:, n]):
            volume[k] += along[k, n] * plane
    volume[~(in0[:, None, None] & in1[None, :, None] & in2[None, None, :])] = pad
    order = sorted(range(3), key=lambda a: turn[a][0])
    turned = volume.transpose(order)
    signs = [turn[a][1] for a in order]
    return np.ascontiguousarray(turned[tuple(slice(None, None, s) for s in signs)])


def _steps(
    axes: tuple[Axis, Axis, Axis], wanted: list[int], turn: Turn, spacing_mm: float | None, isotropic: bool,
    focus: Focus | None,
) -> list[float]:
    if spacing_mm is not None:
        return [spacing_mm] * 3
    extents = [focus.side] * 3 if focus is not None else [axis.extent for axis in axes]
    steps = [extent / count for extent, count in zip(extents, wanted, strict=True)]
    shared = [a for a in range(3) if isotropic or turn[a][0] > 0]
    largest = max(steps[a] for a in shared)
    return [largest if a in shared else steps[a] for a in range(3)]


def neighbours(count: int, middle: int) -> list[int]:
    """The slice `middle` between the ones before and after it; at an end it comes twice."""
    return [min(max(middle + d, 0), count - 1) for d in (-1, 0, 1)]


def three_planes(cube: npt.NDArray[np.floating]) -> Floats:
    """Axial, coronal and sagittal plane through the centre of D x S x S with D = S; the last slice is on top."""
    middle = cube.shape[0] // 2
    planes = [cube[middle], cube[::-1, middle], cube[::-1, :, middle]]
    return np.stack(planes).astype(np.float32, copy=False)


def projections(cube: npt.NDArray[np.floating], views: int, how: str) -> Floats:
    """Maximum or mean along the rays of `views` angles over half a turn around the slice axis: V x D x S.

    The first looks along the rows (from the front), the last slice is on top. Voxels are read by bilinear
    interpolation, outside the cube is its smallest value.
    """
    depth, size, _ = cube.shape
    frames = np.empty((views, depth, size), np.float32)
    flat = np.ascontiguousarray(cube, np.float32).reshape(depth, -1)
    lowest = float(flat.min())
    at = np.arange(size) - (size - 1) / 2
    row, column = np.meshgrid(at, at, indexing="ij")
    for n in range(views):
        angle = np.pi * n / views
        y = np.cos(angle) * row + np.sin(angle) * column + (size - 1) / 2
        x = -np.sin(angle) * row + np.cos(angle) * column + (size - 1) / 2
        turned = _bilinear(flat, y.ravel(), x.ravel(), size, lowest).reshape(depth, size, size)
        frames[n] = turned.max(axis=1) if how == "max" else turned.mean(axis=1)
    return frames[:, ::-1].copy()


def _bilinear(flat: Floats, y: Doubles, x: Doubles, size: int, outside: float) -> Floats:
    """D x size² read at points (y, x): D x points."""
    y, x = np.round(y, 9), np.round(x, 9)
    y0, x0 = np.floor(y).astype(int), np.floor(x).astype(int)
    result = np.zeros((len(flat), len(y)), np.float32)
    for dy in (0, 1):
        for dx in (0, 1):
            rows, columns = y0 + dy, x0 + dx
            weight = (np.abs(1 - dy - (y - y0)) * np.abs(1 - dx - (x - x0))).astype(np.float32)
            valid = (rows >= 0) & (rows < size) & (columns >= 0) & (columns < size)
            index = np.where(valid, rows * size + columns, 0)
            result += weight * np.where(valid, flat[:, index], np.float32(outside))
    return result
