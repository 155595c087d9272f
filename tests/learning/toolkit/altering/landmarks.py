"""Phantom chests reduced to six dots, so that the proportions of an altered image can be measured exactly."""

import numpy as np
import torch

from imaging.phantoms import Thorax, sample_thorax
from imaging.phantoms.anatomy import dome, heart_parts, lung_axes, lung_centre

SIDE = 96
SIGMA = 2.0
REACH = 0.92
"""Chests whose dots lie within this share of the circle that touches the image's edges: all of them can be measured."""


def dots_of(chest: Thorax) -> np.ndarray:
    """6 x 2 places, -1 to 1: both edges of the heart, of the chest, and top and bottom of a lung."""
    (lx, ly, la, *_), (rx, ry, ra, *_) = heart_parts(chest)[:2]
    edges = [lung_centre(chest, sign)[0] + sign * lung_axes(chest, sign)[0] for sign in (-1, 1)]
    cx, cy = lung_centre(chest, -1)
    bottom = float(dome(chest, -1, np.float32(cx)))
    places = [(lx + la, ly), (rx - ra, ry), (edges[0], cy), (edges[1], cy), (cx, cy - lung_axes(chest, -1)[1]),
              (cx, bottom)]
    return np.array(places) * chest.zoom + np.array(chest.offset)


def chests(count: int, seed: int = 4) -> np.ndarray:
    """count x 6 x 2 dots of the first chests that lie wholly in the image."""
    found, index = [], 0
    while len(found) < count:
        dots = dots_of(sample_thorax(seed=seed, index=index))
        if (np.hypot(*dots.T) < REACH).all():
            found.append(dots)
        index += 1
    return np.array(found)


def images_of(dots: np.ndarray) -> torch.Tensor:
    """N x 6 x SIDE x SIDE, one bright dot per plane on network input's range."""
    places = (torch.arange(SIDE) + 0.5) / SIDE * 2 - 1
    x, y = torch.from_numpy(dots[..., 0]).float(), torch.from_numpy(dots[..., 1]).float()
    width = 2 * SIGMA / SIDE
    across = torch.exp(-0.5 * ((places - x[..., None]) / width) ** 2)
    down = torch.exp(-0.5 * ((places - y[..., None]) / width) ** 2)
    return 3 * down[..., :, None] * across[..., None, :] - 1.5


def found_in(images: torch.Tensor) -> np.ndarray:
    """N x 6 x 2 places of the dots; NaN for one that has left the image or touches its edge."""
    places = (torch.arange(SIDE) + 0.5) / SIDE * 2 - 1
    low, high = images.flatten(2).median(dim=2).values, images.amax(dim=(2, 3))
    above = (images - (low + high)[..., None, None] / 2).clamp_min(0)
    total = above.sum(dim=(2, 3)).clamp_min(1e-9)
    x, y = (above.sum(2) * places).sum(-1) / total, (above.sum(3) * places).sum(-1) / total
    edge = above.clone()
    edge[..., 1:-1, 1:-1] = 0
    gone = (edge.amax(dim=(2, 3)) > 0) | (high - low < 1)
    return torch.where(gone[..., None], torch.nan, torch.stack([x, y], dim=-1)).numpy()


def ratios(dots: np.ndarray) -> np.ndarray:
    """N x 2: width of the heart over that of the chest, and of the chest over the height of the lung."""
    heart, chest, lung = (np.linalg.norm(dots[:, i] - dots[:, i + 1], axis=1) for i in (0, 2, 4))
    return np.stack([heart / chest, chest / lung], axis=1)


def largest_change(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """N, relative change of the ratio that changed most; infinite where one can no longer be measured."""
    change = np.abs(after / before - 1).max(axis=1)
    return np.where(np.isnan(change), np.inf, change)
