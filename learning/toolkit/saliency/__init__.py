"""What in the image moves a finding's probability, by independent ways, and whether a map means anything at all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from learning.toolkit.data import DataError, Floats
from learning.toolkit.localise import class_activation
from learning.toolkit.nets import Network
from learning.toolkit.saliency.gradient import grad_cam
from learning.toolkit.saliency.occluding import occlusion
from learning.toolkit.saliency.pointing import points_at
from learning.toolkit.saliency.sanity import Draw, SanityCheck, Tell, check_each, randomised, sanity_check

__all__ = [
    "METHODS", "Explained", "Method", "SanityCheck", "explain", "grad_cam", "occlusion", "points_at", "randomised",
    "sanity_check",
]
PLACES = 16
"""Squares along each side of an image that are covered in turn; a square is twice as wide as its step."""
PLACES_IN_VOLUMES = 8


def _activation(model: Network, images: Any, finding: int, tell: Tell) -> Floats:
    return class_activation(model, images)[:, finding]


def _grad_cam(model: Network, images: Any, finding: int, tell: Tell) -> Floats:
    return grad_cam(model, images, finding=finding)


def _occlusion(model: Network, images: Any, finding: int, tell: Tell) -> Floats:
    size = model.input.size
    if model.input.is_volume:
        side = max(1, size // PLACES_IN_VOLUMES)
        return occlusion(model, images, finding=finding, patch=side, stride=side, tell=tell)
    step = max(1, size // PLACES)
    return occlusion(model, images, finding=finding, patch=2 * step, stride=step, tell=tell)


@dataclass(frozen=True, slots=True)
class Method:
    """A way of drawing; `copies` networks with random weights are asked whether a map depends on what was learned."""

    name: str
    draw: Draw
    copies: int


METHODS: dict[str, Method] = {
    "class_activation": Method("class activation", _activation, 5),
    "grad_cam": Method("Grad-CAM", _grad_cam, 5),
    "occlusion": Method("occlusion", _occlusion, 3),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """Maps N x h x w of images, N x planes x h x w of volumes, and a sanity check of each case's own map."""

    maps: Floats
    checks: list[SanityCheck]


def explain(
    model: Network, images: Any, *, finding: int, method: str, tell: Callable[[float], None] = lambda share: None
) -> Explained:
    """Draw the finding's maps in one of METHODS and check each against networks with random weights.

    tell  hears how much of the work is done, 0 to 1.
    Raises DataError for a network without maps and for an unknown method.
    """
    if method not in METHODS:
        raise DataError(f"There is no map called {method!r}; known: {', '.join(METHODS)}.")
    chosen = METHODS[method]
    part = 1 / (1 + chosen.copies)
    maps = chosen.draw(model, images, finding, lambda share: tell(share * part))
    checks = check_each(
        model, images, maps, finding=finding, draw=chosen.draw, copies=chosen.copies,
        tell=lambda share: tell(part + share * (1 - part)),
    )
    return Explained(maps, checks)
