"""Volumes as they come (any depth, any size) as the planes that a recipe's input asks for."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from imaging.dicom.grid import AS_STORED, Axis, turn_of
from imaging.dicom.views import Preparation, planes_on_grid
from learning.recipe_parts import InputPart
from learning.toolkit.data import DataError, Floats

Spacing = tuple[float, float, float]


def preparation_of(input: InputPart) -> Preparation:
    """What of the recipe's input is done before images are stored; brightness and windows are not part of it.

    Of several views of a study each image is stored by itself.
    """
    return Preparation(
        size=input.size,
        values=bool(input.hu_windows),
        spacing_mm=input.spacing_mm,
        standard=input.orientation == "standard",
        crop=input.region == "crop",
        volume="middle" if input.volume == "views" else input.volume,
        depth=input.depth if input.volume in ("slices", "3d") else 0,
        views=input.views if input.volume == "projections" else 0,
        projection=input.projection if input.volume == "projections" else "",
    )


def planes_of(
    volume: npt.NDArray[Any],
    input: InputPart,
    *,
    spacing: Spacing = (1.0, 1.0, 1.0),
    positions: Sequence[float] | None = None,
    orientation: Sequence[float] = (),
) -> Floats:
    """D x H x W voxels to V x size x size, V = input.planes, in the volume's own values.

    spacing      millimetres between slices, rows and columns.
    positions    of the slices along their normal in mm, ascending, where they are not evenly spaced.
    orientation  DICOM's six cosines; used with input.orientation "standard".

    >>> volume = np.zeros((5, 32, 32), np.float32)
    >>> volume[3] = 1
    >>> planes_of(volume, InputPart(size=32, volume="2.5d"))[:, 0, 0].tolist()
    [0.0, 0.0, 1.0]
    """
    if volume.ndim != 3 or not volume.size:
        raise DataError(f"A volume has shape {volume.shape}; slices x rows x columns is needed.")
    along = np.asarray(np.arange(len(volume)) * spacing[0] if positions is None else positions, np.float64)
    if len(along) != len(volume) or (np.diff(along) <= 0).any():
        raise DataError(f"{len(along)} positions for {len(volume)} slices: one each is needed, in rising order.")
    step = float(np.median(np.diff(along))) if len(along) > 1 else spacing[0]
    axes = Axis(along, step), Axis.regular(volume.shape[1], spacing[1]), Axis.regular(volume.shape[2], spacing[2])
    turn = turn_of(orientation) if input.orientation == "standard" else AS_STORED
    return planes_on_grid(lambda n: volume[n], axes, preparation_of(input), turn=turn, pad=float(volume.min()))


class VolumeList:
    """Volumes of any depths and sizes, seen as one array N x V x size x size.

    Planes are made when they are asked for, so volumes may be memory maps and together larger than memory; a training
    that visits them often keeps what it took (`Examples.take`, or `np.asarray`).

    >>> mixed = [np.zeros((d, 40, 30), np.int16) for d in (5, 9, 21)]
    >>> VolumeList(mixed, InputPart(volume="slices", depth=8, size=32)).shape
    (3, 8, 32, 32)
    """

    dtype = np.dtype(np.float32)

    def __init__(self, volumes: Sequence[npt.NDArray[Any]], input: InputPart, spacings: Sequence[Spacing] = ()) -> None:
        if not input.is_volume:
            raise DataError("input.volume is 'middle', which reads images; choose how volumes are seen.")
        self._volumes, self._input, self._spacings = volumes, input, spacings
        self.shape = (len(volumes), input.planes, input.size, input.size)

    def __len__(self) -> int:
        return len(self._volumes)

    def __getitem__(self, which: Any) -> Floats:
        """Whatever NumPy indexes rows by."""
        rows = np.arange(len(self))[which]
        made = [self._planes(int(row)) for row in np.atleast_1d(rows)]
        if np.ndim(rows) == 0:
            return made[0]
        return np.stack(made) if made else np.empty((0, *self.shape[1:]), np.float32)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Floats:
        return np.asarray(self[:], dtype)

    def _planes(self, row: int) -> Floats:
        spacing = self._spacings[row] if self._spacings else (1.0, 1.0, 1.0)
        return planes_of(self._volumes[row], self._input, spacing=spacing)
