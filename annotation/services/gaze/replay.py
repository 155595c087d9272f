"""Where was looked, as heat over each image, up to a moment."""

from __future__ import annotations

import base64
from collections import defaultdict
from typing import Any

from annotation.gaze import Fixation, Shown, heat_map, looked_at
from annotation.gaze.alignment import PIXELS_PER_DEGREE
from annotation.models import GazeRecording
from annotation.services.gaze.shapes import clicks_of, gap_of, log_of, unpack


def heat_maps(*, recording: GazeRecording, until: float = 1.0) -> list[dict[str, Any]]:
    """One per image that was looked at. until: 0 to 1, the share of the recording's time that has passed."""
    samples, log = unpack(recording), log_of(recording)
    if samples is None or not log:
        return []
    _, looked = looked_at(samples, log, clicks=clicks_of(recording), gap_ms=gap_of(recording))
    end = log[0].start + until * (log[-1].end - log[0].start)
    by_image: dict[tuple[int, int], list[tuple[Shown, list[Fixation]]]] = defaultdict(list)
    for shown, found in looked:
        by_image[shown.image].append((shown, [one for one in found if one.start <= end]))
    return [_map(image, parts) for image, parts in by_image.items()]


def _map(image: tuple[int, int], parts: list[tuple[Shown, list[Fixation]]]) -> dict[str, Any]:
    first = parts[0][0]
    found = [one for _, fixations in parts for one in fixations]
    cells = heat_map(found, rows=first.rows, columns=first.columns, radius=PIXELS_PER_DEGREE / first.scale)
    return {
        "instance_id": image[0], "frame": image[1], "rows": cells.shape[0], "columns": cells.shape[1],
        "x": -0.5, "y": -0.5, "w": float(first.columns), "h": float(first.rows),
        "values": base64.b64encode(cells.tobytes()).decode(), "fixations": len(found),
    }
