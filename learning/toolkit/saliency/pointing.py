"""The pointing game (Zhang et al. 2018): does a map's highest place lie on what is there?"""

import numpy as np

from learning.toolkit.data import DataError, Floats


def points_at(maps: Floats, boxes: list[tuple[float, float, float, float] | None], *, size: int) -> float:
    """Share of maps whose highest place lies in the image's box, x, y, w, h in the input's pixels.

    Images without a box are left out. Raises DataError when no image has one.
    """
    hits = []
    for one, box in zip(maps, boxes, strict=True):
        if box is None:
            continue
        row, column = np.unravel_index(int(one.argmax()), one.shape)
        y, x = ((place + 0.5) * size / side - 0.5 for place, side in zip((row, column), one.shape, strict=True))
        hits.append(box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3])
    if not hits:
        raise DataError("No image has a box to point at.")
    return float(np.mean(hits))
