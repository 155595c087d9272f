"""Where the lungs lie on a frontal radiograph: two boxes, found by the dark between spine and chest wall.

Plain on purpose: it carries a coarse proposal, no measurement. What one lung hides (fluid, collapse) the other shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.float32]
SIZE = 128
"""Longest side at which the search runs, in pixels."""
REACH, TOP, BOTTOM = 0.42, 0.06, 0.84
"""Where lungs are looked for: shares of the width on either side of the spine, and of the height."""
LEAST = 0.012
"""Share of the image below which a dark patch is no lung."""


@dataclass(frozen=True)
class Box:
    """Image pixels, 0 = centre of the first pixel; x, y are the left and top edges."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class LungFields:
    """The patient's right lung lies on the image's left. `is_found` is False where the usual place had to do."""

    right: Box
    left: Box
    is_found: bool


def lung_fields(pixels: Image) -> LungFields:
    """Find both lungs. pixels: rows x columns in 0…1, bright = dense, standing upright, patient facing the film."""
    from scipy import ndimage

    rows, columns = pixels.shape
    step = max(1, round(max(rows, columns) / SIZE))
    small = ndimage.gaussian_filter(_shrunk(pixels, step), 1.0)
    middle = _midline(small)
    found = [_one_side(small, middle, sign) for sign in (-1, 1)]
    pair, is_found = _matched(found, middle, small.shape)
    right, left = (
        Box(a * step - 0.5, b * step - 0.5, (c - a) * step, (d - b) * step) for a, b, c, d in pair
    )
    return LungFields(right, left, is_found)


Edges = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def _shrunk(pixels: Image, step: int) -> Image:
    rows, columns = (side // step * step for side in pixels.shape)
    blocks = pixels[:rows, :columns].reshape(rows // step, step, columns // step, step)
    return np.asarray(blocks.mean(axis=(1, 3)), np.float32)


def _midline(small: Image) -> float:
    """Column of the spine: the brightest ridge of the upper chest near the image's middle."""
    rows, columns = small.shape
    profile = small[int(0.1 * rows) : int(0.6 * rows)].mean(axis=0)
    width = max(1, columns // 24)
    smooth = np.convolve(profile, np.ones(width) / width, mode="same")
    first, last = int(0.3 * columns), int(0.7 * columns)
    return float(first + np.argmax(smooth[first:last]))


def _one_side(small: Image, middle: float, sign: int) -> Edges | None:
    from scipy import ndimage

    rows, columns = small.shape
    top, bottom = int(TOP * rows), int(BOTTOM * rows)
    inner, outer = middle + sign * 0.02 * columns, middle + sign * REACH * columns
    first, last = (int(np.clip(edge, 0, columns)) for edge in sorted((inner, outer)))
    part = small[top:bottom, first:last]
    if part.size == 0 or float(np.ptp(part)) < 1e-6:
        return None
    dark = ndimage.binary_opening(part < _threshold(part), iterations=2)
    patches, number = ndimage.label(dark)
    found: list[Edges] = []
    for patch, place in enumerate(ndimage.find_objects(patches), start=1):
        area = int((patches[place] == patch).sum())
        centre = first + (place[1].start + place[1].stop) / 2
        # Air beside the body is dark, too; its middle lies further out than any lung's.
        if area < LEAST * small.size or abs(centre - middle) > 0.36 * columns:
            continue
        found.append((
            first + place[1].start, top + place[0].start, first + place[1].stop, top + place[0].stop,
        ))
    if not number or not found:
        return None
    return _around(found)


def _threshold(part: Image) -> float:
    """Otsu's (which parts dark from bright with the least spread within both), drawn towards the dark: soft tissue of
    neck and shoulders lies just below it.
    """
    counts, edges = np.histogram(part, bins=64)
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    otsu = float(centres[int(np.nanargmax(between))])
    dark = part[part < otsu]
    return otsu if dark.size == 0 else 0.4 * otsu + 0.6 * float(dark.mean())


def _around(boxes: list[Edges]) -> Edges:
    return (
        min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes),
    )


def _matched(found: list[Edges | None], middle: float, shape: tuple[int, int]) -> tuple[list[Edges], bool]:
    """Both lungs reach about as high, as low and as far out: the one that shows more tells about the other."""
    rows, columns = shape
    known = [one for one in found if one is not None]
    if not known:
        out = 0.36 * columns
        top, bottom = 0.12 * rows, 0.78 * rows
        near = 0.04 * columns
        return [(middle - out, top, middle - near, bottom), (middle + near, top, middle + out, bottom)], False
    top, bottom = min(one[1] for one in known), max(one[3] for one in known)
    out = max(max(abs(one[0] - middle), abs(one[2] - middle)) for one in known)
    near = min(min(abs(one[0] - middle), abs(one[2] - middle)) for one in known)
    pair = []
    for sign, one in zip((-1, 1), found, strict=True):
        far = 0.0 if one is None else max(abs(one[0] - middle), abs(one[2] - middle))
        far = far if far >= 0.75 * out else out
        edges = sorted((middle + sign * near, middle + sign * far))
        pair.append((max(0.0, edges[0]), top, min(float(columns), edges[1]), bottom))
    return pair, True
