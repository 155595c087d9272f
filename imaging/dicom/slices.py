"""Between the slices of a volume and the grid that `views.planes_on_grid` puts it on: what is marked, there and back.

For volumes that are seen whole and as they are stored: neither turned nor cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from imaging.dicom.grid import Axis, Floats, on_grid, sampling, targets

Axes = tuple[Axis, Axis, Axis]
Shape = tuple[int, int, int]
Bytes = npt.NDArray[np.uint8]
HALF = 0.5


def spacing_on_grid(axes: Axes, shape: Shape) -> tuple[float, float, float]:
    """Millimetres between planes, rows and columns of a grid of this shape that the whole volume is fitted into.

    Rows and columns have one scale, planes their own (`grid.on_grid`).
    """
    along, down, across = (axis.extent / count for axis, count in zip(axes, shape, strict=True))
    plane = max(down, across)
    return along, plane, plane


def said_on_grid(
    said_at: Callable[[int], Bytes], axes: Axes, shape: Shape, *, unknown: int
) -> Bytes:
    """Slices of 1, 0 and `unknown` on the grid: a voxel takes what most of its volume says, outside is `unknown`.

    said_at  rows x columns of slice n; asked twice for each, so that one slice is in memory at a time.
    """
    def share(value: int, pad: float) -> Floats:
        return on_grid(lambda n: (said_at(n) == value).astype(np.float32), axes, shape, pad=pad)

    there, untold = share(1, 0.0), share(unknown, 1.0)
    return np.where(untold > HALF, np.uint8(unknown), (there > HALF * (1 - untold)).astype(np.uint8))


def onto_slices(volume: Floats, axes: Axes) -> Iterator[Floats]:
    """A volume on the grid, linearly interpolated at the slices it was made of: rows x columns each, in their order."""
    steps = spacing_on_grid(axes, (volume.shape[0], volume.shape[1], volume.shape[2]))
    along, down, across = (
        sampling(Axis(targets(count, step, axis.middle), step), axis.positions, axis.step)[0]
        for axis, count, step in zip(axes, volume.shape, steps, strict=True)
    )
    for weights in along:
        near = np.flatnonzero(weights)
        plane = np.tensordot(weights[near], volume[near], axes=1)
        yield np.asarray(down @ plane @ across.T, np.float32)
