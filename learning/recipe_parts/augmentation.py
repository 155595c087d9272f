"""The section "augmentation" of a recipe."""

from typing import Literal

from pydantic import Field

from learning.recipe_parts.base import Part


class AugmentationPart(Part):
    """Random alterations of training images."""

    kind: Literal["none", "limited"] = Field(
        default="limited",
        title="Augmentation",
        description="limited: scale 0.9 to 1.1, rotation up to 10 degrees, shift up to 10 %, gamma 0.8 to 1.25, "
        "noise up to 0.02 of the brightness range.",
    )
    lateral_flip: bool = Field(
        default=False,
        title="Mirror left and right",
        description="Off by default: a mirrored chest has its heart on the wrong side.",
    )
