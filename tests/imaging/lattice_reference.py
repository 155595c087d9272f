"""Where voxels lie, by pydicom and numpy: what the browser's volume geometry is tested against.

`python -m tests.imaging.lattice_reference` writes tests/golden/lattices.json anew; vitest reads the same file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "lattices.json"
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """Slices `step` mm apart along their normal, moved `slide` mm down their columns from one to the next (a tilt)."""

    name: str
    row: tuple[float, float, float]
    column: tuple[float, float, float]
    spacing: tuple[float, float]
    step: float
    size: tuple[int, int, int]
    slide: float = 0.0
    origin: tuple[float, float, float] = (-101.25, 40.5, -310.0)


def _turned(degrees: float, axis: int) -> Vector:
    angle = np.radians(degrees)
    turn = np.eye(3)
    a, b = [n for n in range(3) if n != axis]
    turn[a, a] = turn[b, b] = np.cos(angle)
    turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
    return turn


def _oblique() -> tuple[tuple[float, ...], tuple[float, ...]]:
    turn = _turned(17, 0) @ _turned(-23, 2) @ _turned(8, 1)
    return tuple(turn[:, 0]), tuple(turn[:, 1])


SERIES = (
    Series("axial CT, thick slices", (1, 0, 0), (0, 1, 0), (0.75, 0.75), 5.0, (5, 4, 6)),
    Series("axial, pixels not square", (1, 0, 0), (0, 1, 0), (0.5, 1.25), 2.5, (6, 5, 4)),
    Series("prone, feet first", (-1, 0, 0), (0, -1, 0), (0.8, 0.8), 3.0, (4, 4, 5)),
    Series("sagittal MR", (0, 1, 0), (0, 0, -1), (0.9, 0.9), 1.2, (4, 6, 5)),
    Series("coronal MR", (1, 0, 0), (0, 0, -1), (1.1, 0.7), 4.4, (5, 5, 4)),
    Series("oblique MR, pixels not square", *_oblique(), (0.6, 1.3), 3.3, (5, 6, 7)),  # type: ignore[arg-type]
    Series("CT, gantry tilted", (1, 0, 0), (0, np.cos(np.radians(14)), -np.sin(np.radians(14))), (0.42, 0.42), 4.85,
           (6, 6, 5), slide=4.85 * float(np.tan(np.radians(14)))),
    Series("oblique and sheared", *_oblique(), (0.7, 0.9), 3.0, (5, 5, 4), slide=-0.8),  # type: ignore[arg-type]
)


def datasets(series: Series) -> list[Dataset]:
    """In no useful order, as files come."""
    row, column = np.array(series.row), np.array(series.column)
    normal = np.cross(row, column)
    made = []
    for k in range(series.size[2]):
        dataset = Dataset()
        position = np.array(series.origin) + k * (series.step * normal + series.slide * column)
        dataset.Rows, dataset.Columns, dataset.InstanceNumber = series.size[1], series.size[0], k + 1
        dataset.ImagePositionPatient = [float(f"{v:.8g}") for v in position]
        dataset.ImageOrientationPatient = [float(f"{v:.10g}") for v in (*row, *column)]
        dataset.PixelSpacing = list(series.spacing)
        dataset.FrameOfReferenceUID = "2.25.1"
        made.append(dataset)
    return made[1::2] + made[::2]


def reference(series: Series) -> dict[str, Any]:
    """Equation C.7.6.2.1-1 of PS3.3 for corners and a voxel inside, slices counted along the normal."""
    shuffled = datasets(series)
    cosines = np.array([float(v) for v in shuffled[0].ImageOrientationPatient])
    normal = np.cross(cosines[:3], cosines[3:])
    ordered = sorted(shuffled, key=lambda d: float(np.dot(normal, _position(d))))
    columns, rows, slices = series.size
    corners = [(i, j, k) for i in (0, columns - 1) for j in (0, rows - 1) for k in (0, slices - 1)]
    voxels = [*corners, (1, 2, 3 % slices)]
    travel = _position(ordered[-1]) - _position(ordered[0])
    lean = np.degrees(np.arccos(np.clip(abs(np.dot(travel, normal)) / np.linalg.norm(travel), -1, 1)))
    return {
        "name": series.name, "rows": rows, "columns": columns,
        "headers": [json.loads(d.to_json()) for d in shuffled],
        "voxels": [{"index": v, "world": _world(ordered, *v)} for v in voxels],
        "tilt": round(float(lean), 4),
    }


def _position(dataset: Dataset) -> Vector:
    return np.array([float(v) for v in dataset.ImagePositionPatient])


def _world(ordered: list[Dataset], column: int, row: int, number: int) -> list[float]:
    dataset = ordered[number]
    cosines = np.array([float(v) for v in dataset.ImageOrientationPatient])
    between_rows, between_columns = (float(v) for v in dataset.PixelSpacing)
    place = _position(dataset) + column * between_columns * cosines[:3] + row * between_rows * cosines[3:]
    return [round(float(v), 6) for v in place]


def written() -> str:
    """One series a line."""
    return "[\n" + ",\n".join(json.dumps(reference(series)) for series in SERIES) + "\n]\n"


if __name__ == "__main__":
    GOLDEN.write_text(written())
