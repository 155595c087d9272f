"""What a detector is: taught by readers' regions, it answers with boxes. Class activation is the first that fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from learning.toolkit.localise import activation_boxes, class_activation
from learning.toolkit.nets import Network
from learning.toolkit.prediction import predict

Corners = tuple[float, float, float, float]
"""x, y (left and top edge, 0 = centre of the first pixel), w, h in pixels of the square that the network sees."""


@dataclass(frozen=True, slots=True)
class TaughtImage:
    """What readers marked on one image, and what the area without a mark means.

    boxes     finding → its boxes here.
    negative  findings of which there is none elsewhere on the image.
    masked    findings of which there may be more than is marked: a detector leaves their unmarked area out of its loss.
    A finding in neither set and without a box was not assessed.
    """

    boxes: dict[str, tuple[Corners, ...]]
    negative: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Detected:
    """One box: the row of its image, its finding, where, and how sure."""

    row: int
    finding: str
    place: Corners
    score: float


class Detector(Protocol):
    """Finds where findings are. Boxes have scores that `froc` can rank."""

    findings: tuple[str, ...]

    def teach(self, images: Any, taught: Sequence[TaughtImage]) -> None:
        """Learn from N stored images and what readers marked on each."""

    def detect(self, images: Any) -> list[Detected]:
        """Boxes on N stored images."""


class ActivationDetector:
    """Boxes around what moved a classifier's probability: it learns nothing from boxes, and is the bar for what does.

    least, most  probability from which a box is drawn; largest share of the image that it may cover.
    """

    def __init__(self, model: Network, *, least: float = 0.5, most: float = 0.35) -> None:
        self.model, self.least, self.most = model, least, most
        self.findings = model.findings

    def teach(self, images: Any, taught: Sequence[TaughtImage]) -> None:
        """The classifier has learned already, from answers alone."""

    def detect(self, images: Any) -> list[Detected]:
        """See `Detector`."""
        probabilities = predict(self.model, images).probabilities
        maps = class_activation(self.model, images)
        boxes = activation_boxes(
            maps, np.asarray(probabilities, np.float32), size=self.model.input.size, least=self.least, most=self.most
        )
        return [
            Detected(
                box.row, self.findings[box.column], (box.x, box.y, box.w, box.h),
                float(probabilities[box.row, box.column]),
            )
            for box in boxes
        ]
