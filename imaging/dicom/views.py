"""How an image or a series is prepared for a network: which planes, how large, in which units and orientation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from imaging.dicom.grid import (
    AS_STORED,
    Axis,
    Floats,
    Focus,
    Turn,
    neighbours,
    on_grid,
    projections,
    three_planes,
)

_PLANES = 3


@dataclass(frozen=True)
class Preparation:
    """What decides over stored pixels. Equal preparations share a store; each field is part of its name.

    values       calibrated values (HU) rather than the grey of the file's own window.
    spacing_mm   of the target; None fits the whole image.
    standard     mirrored by laterality, volumes turned to the body's axes.
    crop         around marks, each image by its own.
    volume       middle, 2.5d, tri_planar, projections, slices or 3d, as in a recipe's input.
    depth        slices (slices, 3d).
    views, projection   of projections.
    """

    size: int
    values: bool = False
    spacing_mm: float | None = None
    standard: bool = False
    crop: bool = False
    volume: str = "middle"
    depth: int = 0
    views: int = 0
    projection: str = ""

    @property
    def is_volume(self) -> bool:
        return self.volume != "middle"

    @property
    def is_plain(self) -> bool:
        """The whole image in grey, fitted into the square."""
        return self == Preparation(self.size)

    @property
    def planes(self) -> int:
        """Planes of one case; 1 for an image."""
        known = {"middle": 1, "2.5d": _PLANES, "tri_planar": _PLANES, "projections": self.views}
        return known.get(self.volume, self.depth)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one stored case."""
        plane = (self.size, self.size)
        return (self.planes, *plane) if self.is_volume else plane

    @property
    def dtype(self) -> np.dtype[Any]:
        """Grey is kept in unsigned, values in signed 16 bits."""
        return np.dtype(np.int16 if self.values or self.is_volume else np.uint16)

    @property
    def name(self) -> str:
        """`96`, or `96-values-mm1.5-slices16`: for a folder."""
        parts = [str(self.size), *(f for f in ("values", "standard", "crop") if getattr(self, f))]
        parts += [f"mm{self.spacing_mm:g}"] if self.spacing_mm is not None else []
        if self.is_volume:
            parts.append(f"{self.volume}{self.depth or ''}{f'{self.views}{self.projection}' if self.views else ''}")
        return "-".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> Preparation:
        """Back from `as_dict`; fields that this version does not know are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})


def planes_on_grid(
    slice_at: Callable[[int], npt.NDArray[Any]], axes: tuple[Axis, Axis, Axis], wanted: Preparation, *,
    turn: Turn = AS_STORED, focus: Focus | None = None, pad: float = 0.0,
) -> Floats:
    """The planes of a series, in its own values: wanted.planes x size x size. See `grid.on_grid`."""
    size, mm = wanted.size, wanted.spacing_mm
    if wanted.volume == "2.5d":
        return _adjacent(slice_at, axes, wanted, turn, focus, pad)
    isotropic = wanted.volume in ("tri_planar", "projections")
    cube = on_grid(
        slice_at, axes, (size if isotropic else wanted.depth, size, size), spacing_mm=mm, turn=turn,
        isotropic=isotropic, focus=focus, pad=pad,
    )
    if wanted.volume == "tri_planar":
        return three_planes(cube)
    return projections(cube, wanted.views, wanted.projection) if isotropic else cube


def _adjacent(
    slice_at: Callable[[int], npt.NDArray[Any]], axes: tuple[Axis, Axis, Axis], wanted: Preparation, turn: Turn,
    focus: Focus | None, pad: float,
) -> Floats:
    """Three slices as they were taken: only rows and columns are resampled."""
    count = len(axes[0].positions)
    middle = count // 2 if focus is None else int(np.abs(axes[0].positions - focus.middle[0]).argmin())
    chosen = neighbours(count, middle)
    step = wanted.spacing_mm or (focus.side / _PLANES if focus else 1.0)
    along = Axis.regular(_PLANES, step)
    if focus is not None:
        focus = replace(focus, middle=(along.middle, *focus.middle[1:]))
    return on_grid(
        lambda n: slice_at(chosen[n]), (along, axes[1], axes[2]), (_PLANES, wanted.size, wanted.size),
        spacing_mm=wanted.spacing_mm, turn=turn if turn[0][0] == 0 else AS_STORED, focus=focus, pad=pad,
    )


def image_on_grid(
    pixels: npt.NDArray[Any], spacing: tuple[float, float], wanted: Preparation, *, mirror: bool = False,
    focus: Focus | None = None, pad: float = 0.0,
) -> Floats:
    """One image, size x size, in its own values; `mirror` turns left to right."""
    rows, columns = pixels.shape
    # One slice as thick as whatever is asked for, so that it is always inside.
    axes = Axis.regular(1, 1e6), Axis.regular(rows, spacing[0]), Axis.regular(columns, spacing[1])
    if focus is not None:
        focus = replace(focus, middle=(axes[0].middle, *focus.middle[1:]))
    turn: Turn = ((0, 1), (1, 1), (2, -1 if mirror else 1))
    placed: Floats = on_grid(
        lambda _: pixels, axes, (1, wanted.size, wanted.size), spacing_mm=wanted.spacing_mm, turn=turn, focus=focus,
        pad=pad,
    )[0]
    return placed
