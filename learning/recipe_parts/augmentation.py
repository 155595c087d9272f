"""The section "augmentation" of a recipe."""

from typing import Literal

from pydantic import Field

from learning.recipe_parts.base import Part
from learning.recipe_parts.invariances import Invariance


class AugmentationPart(Part):
    """Random alterations of training images. Alterations only vary what is there: they bring no rare case."""

    kind: Literal["none", "limited", "standard", "strong", "trivial_augment"] = Field(
        default="limited",
        title="Augmentation",
        description="limited: scale 0.9 to 1.1, rotation up to 10 degrees, shift up to 10 %, gamma 0.8 to 1.25, "
        "noise up to 0.02 of the brightness range, as radiographs bear. standard: what photographs get (cropping, "
        "stretching, mirroring, brightness, contrast), which can bend a disease's features. strong: wider, with shear, "
        "blur and elastic warping. trivial_augment: one alteration per image, chosen at random, of random strength.",
    )
    invariances: tuple[Invariance, ...] = Field(
        default=(),
        title="Must stay as it is",
        description="Alterations that would break one of these are left out; what the findings ask for is added when "
        "the run starts. preserve_ratio: proportions of organs, as the cardiothoracic ratio needs. flip_only: "
        "nothing but mirroring left and right (brain MRI). no_lateral_flip: sides (situs, laterality). hu_safe: pixel "
        "values (CT). orientation_fixed: no rotation or mirroring.",
    )
    strength: float = Field(
        default=1.0,
        ge=0,
        le=2,
        title="Strength",
        description="Multiplies the range of every alteration; 0 = off, which changes nothing, bit for bit. Strong "
        "alterations can bias and overfit: watch the comparison with none.",
    )
    lateral_flip: bool = Field(
        default=False,
        title="Mirror left and right",
        description="Half of the images. Off by default: a mirrored chest has its heart on the wrong side.",
    )
    mixup: float = Field(
        default=0.0,
        ge=0,
        le=4,
        title="Mixup",
        description="Blends two images and their answers; the blended share follows Beta(a, a) with this a, 0.2 to 0.4 "
        "being usual (Zhang et al. 2018). 0 = off.",
    )
    cutmix: float = Field(
        default=0.0,
        ge=0,
        le=4,
        title="CutMix",
        description="Pastes a rectangle of another image and shares the answers by area, which follows Beta(a, a) with "
        "this a; 1 is usual (Yun et al. 2019). A small lesion may be cut away while its answer stays. 0 = off.",
    )
