"""What the screen showed when, and where: samples on the screen become samples on an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from annotation.gaze.samples import GazeError, Samples


@dataclass(frozen=True)
class Shown:
    """From `start` to `end` (ms, the samples' clock) an image lay on the screen.

    image     any key, e.g. (instance, frame)
    rows, columns   of the image
    origin, right, down   screen pixels: where the centre of its first pixel lay; one pixel along a row, along a
              column. Identity where samples are in image pixels already.
    """

    start: float
    end: float
    image: tuple[int, int]
    rows: int
    columns: int
    origin: tuple[float, float] = (0.0, 0.0)
    right: tuple[float, float] = (1.0, 0.0)
    down: tuple[float, float] = (0.0, 1.0)
    zoom: float | None = None
    """Screen pixels per image pixel where samples are in image pixels: `right` and `down` do not tell."""

    @property
    def scale(self) -> float:
        """Screen pixels per image pixel."""
        if self.zoom is not None:
            return self.zoom
        return float(np.sqrt(abs(self.right[0] * self.down[1] - self.right[1] * self.down[0])))


def check(log: Sequence[Shown]) -> None:
    """Raises GazeError where views overlap or an image has no extent on the screen."""
    for shown in log:
        if not (shown.end >= shown.start and shown.scale > 1e-6):
            raise GazeError("A line of the view log has no extent.")
    for before, after in pairwise(log):
        if after.start < before.end - 1e-6:
            raise GazeError("Lines of the view log overlap in time.")


def on_images(samples: Samples, log: Sequence[Shown]) -> list[tuple[Shown, Samples]]:
    """The samples of each line of the log in pixels of its image; what lies beside the image is not valid."""
    check(log)
    return [(shown, _on_image(samples, shown)) for shown in log]


def _on_image(samples: Samples, shown: Shown) -> Samples:
    first, last = np.searchsorted(samples.times, [shown.start, shown.end])
    part = slice(int(first), int(last))
    forward = np.array([[shown.right[0], shown.down[0]], [shown.right[1], shown.down[1]]])
    screen = np.stack([samples.x[part] - shown.origin[0], samples.y[part] - shown.origin[1]])
    x, y = np.linalg.inv(forward) @ screen
    with np.errstate(invalid="ignore"):
        inside = (x >= -0.5) & (y >= -0.5) & (x <= shown.columns - 0.5) & (y <= shown.rows - 0.5)
    return Samples(samples.times[part], x, y, samples.valid[part] & inside)
