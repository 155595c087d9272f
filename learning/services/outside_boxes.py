"""How well a model's activation boxes meet boxes that came with outside images. Weak localisation, and called so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from imaging.pixels import place
from imaging.services.label_files import LabelTable
from learning.services.outside_images import OutsideImage
from learning.services.outside_report import BoxPart, Figure

REPLICATES = 1000
Box = tuple[float, float, float, float]
"""Left and top edge, width, height, in pixels of the file."""


@dataclass(frozen=True)
class _Met:
    patient: str
    boxes: int
    hit: float
    iou: float


@dataclass(frozen=True)
class _Marked:
    """An image with a box, or one labelled absent: what the model marked, how sure it was, what is there."""

    patient: str
    box: Box | None
    score: float
    truth: list[Box]


class BoxTally:
    """Collects, chunk by chunk, how the model's boxes meet the given ones."""

    def __init__(self, findings: tuple[str, ...], table: LabelTable) -> None:
        self._findings = findings
        self._table = table
        self._met: dict[str, list[_Met]] = {code: [] for code in findings}
        self._marked: dict[str, list[_Marked]] = {code: [] for code in findings}

    def add(self, network: Any, chunk: list[OutsideImage], probabilities: Any) -> None:
        """Compare on each image that has boxes, whatever the probability."""
        from learning.toolkit.localise import activation_boxes, class_activation

        pixels = np.stack([image.pixels for image in chunk])
        maps = class_activation(network, pixels)
        found = {
            (box.row, box.column): (box.x, box.y, box.w, box.h)
            for box in activation_boxes(maps, probabilities.astype(np.float32), size=network.input.size, least=0.0)
        }
        for row, image in enumerate(chunk):
            for column, code in enumerate(self._findings):
                truth, box = self._truth(image, code), found.get((row, column))
                mine = None if box is None else _in_file(image, box, network.input.size)
                if truth:
                    self._met[code].append(_meet(image, mine, truth))
                if truth or self._is_absent(image, code):
                    score = float(probabilities[row, column])
                    self._marked[code].append(_Marked(patient_of(image), mine, score, truth))

    def _truth(self, image: OutsideImage, code: str) -> list[Box]:
        from learning.services.outside_check import plain

        rows = self._table.raw.boxes.get(image.label or "", [])
        return [(x, y, w, h) for name, x, y, w, h in rows if plain(name) == plain(code)]

    def _is_absent(self, image: OutsideImage, code: str) -> bool:
        from learning.services.outside_check import plain

        values = self._table.raw.values.get(image.label or "", {})
        own = [value for name, value in values.items() if plain(name) == plain(code)]
        return any(_is_number(value) and float(value) == 0 for value in own)

    def report(self, *, flags: list[str]) -> list[BoxPart]:
        """One part per finding that has boxes."""
        return [
            BoxPart(
                finding=code, n_images=len(met), n_boxes=sum(m.boxes for m in met),
                hit=_mean([m.hit for m in met], [m.patient for m in met]),
                iou=_mean([m.iou for m in met], [m.patient for m in met]), flags=flags,
                **_free_response(self._marked[code]),
            )
            for code, met in self._met.items() if met
        ]


def patient_of(image: OutsideImage) -> str:
    """An image without a patient id stands for a patient of its own."""
    return image.patient_id or f"image:{image.name}"


def _in_file(image: OutsideImage, found: Box, size: int) -> Box:
    """From the network's square to the file's pixels; label files count from the image's edge."""
    x, y, w, h = place(image.rows, image.columns, size).to_image(*found)
    return x + 0.5, y + 0.5, w, h


def _meet(image: OutsideImage, mine: Box | None, truth: list[Box]) -> _Met:
    if mine is None:
        return _Met(patient_of(image), len(truth), 0.0, 0.0)
    centre = (mine[0] + mine[2] / 2, mine[1] + mine[3] / 2)
    hit = any(b[0] <= centre[0] <= b[0] + b[2] and b[1] <= centre[1] <= b[1] + b[3] for b in truth)
    return _Met(patient_of(image), len(truth), float(hit), max(overlap(mine, b) for b in truth))


def _free_response(marked: list[_Marked]) -> dict[str, Any]:
    from learning.toolkit.froc import Mark, froc

    told = froc(
        [[] if one.box is None else [Mark(one.box, one.score)] for one in marked], [one.truth for one in marked],
        patients=[one.patient for one in marked],
    )
    mean = Figure(value=told.mean.value, low=told.mean.low, high=told.mean.high)
    return {"froc": mean, "found_at": list(zip(told.rates, told.found, strict=True))}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def overlap(a: Box, b: Box) -> float:
    """Intersection over union.

    >>> overlap((0, 0, 2, 2), (1, 0, 2, 2))
    0.3333333333333333
    """
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0.0, width) * max(0.0, height)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def _mean(values: list[float], patients: list[str]) -> Figure:
    from learning.toolkit.bootstrap import estimate, patient_weights

    table: npt.NDArray[np.float64] = np.array(values)
    drawn = np.concatenate([
        weights @ table / np.maximum(weights.sum(axis=1), 1e-12)
        for weights in patient_weights(patients, replicates=REPLICATES, seed=0)
    ])
    found = estimate(float(table.mean()), drawn)
    assert found is not None
    return Figure(value=found.value, low=found.low, high=found.high)
