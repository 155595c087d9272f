"""How much two sets of images look alike, and what that says of how much to tune."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from learning.recipe_parts import InputPart

Alike = Literal["alike", "different", "very different"]
_ALIKE, _VERY = 0.5, 1.5
_FEW, _MANY = 100, 500
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Domain:
    """Mean and standard deviation, over images, of their mean, spread and eight shares of brightness."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    n: int

    @classmethod
    def of(cls, images: Any, spec: InputPart) -> Self:
        """Of images as stored, seen as the recipe's input says; of many a regular sample."""
        from learning.toolkit.baselines import trivial_statistics  # brings torch, which comparing two does not need

        step = max(1, -(-images.shape[0] // _MOST))
        found = trivial_statistics(images[::step], spec)
        return cls(tuple(map(float, found.mean(axis=0))), tuple(map(float, found.std(axis=0))), int(images.shape[0]))

    @classmethod
    def from_dict(cls, data: Any) -> Self | None:
        """As `as_dict` wrote it; None for anything else."""
        try:
            return cls(tuple(map(float, data["mean"])), tuple(map(float, data["spread"])), int(data["n"]))
        except (TypeError, KeyError, ValueError):
            return None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    def distance(self, other: "Domain") -> float:
        """Fréchet distance of the two as Gaussians without correlations, in standard deviations, mean over figures.

        0 for the same images. The unit is the larger of the two spreads, so that it is the same both ways.
        """
        m1, m2, s1, s2 = (_array(v) for v in (self.mean, other.mean, self.spread, other.spread))
        unit = np.maximum(np.maximum(s1, s2), 1e-3)
        return float(np.sqrt(np.mean(((m1 - m2) / unit) ** 2 + ((s1 - s2) / unit) ** 2)))

    def alike(self, other: "Domain") -> Alike:
        """The distance in words: below half a standard deviation, below one and a half, or above."""
        distance = self.distance(other)
        return "alike" if distance < _ALIKE else "different" if distance < _VERY else "very different"


def rule_of_thumb(alike: Alike, labels: int) -> str:
    """How much to tune (the review's rule, T4): few labels forbid much, different images demand it.

    >>> rule_of_thumb("alike", 60)
    'Frozen features or shallow tuning: the images look alike and labels are few.'
    """
    if labels < _FEW:
        why = "the images look alike and labels are few" if alike == "alike" else "labels are too few to tune more"
        caution = "" if alike == "alike" else f", although the images look {alike}: expect less from this start"
        return f"Frozen features or shallow tuning: {why}{caution}."
    if alike == "alike":
        return (
            "Shallow tuning is enough: the images look alike."
            if labels < _MANY
            else "Deep tuning at a low rate: the images look alike, and there are labels for it."
        )
    if labels < _MANY:
        return f"Incremental tuning: the images look {alike}, and it finds how many stages the labels bear."
    return f"Deep tuning: the images look {alike}, and there are labels for it."


def _array(values: tuple[float, ...]) -> npt.NDArray[np.float64]:
    return np.asarray(values, np.float64)
