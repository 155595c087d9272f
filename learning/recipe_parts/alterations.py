"""The algebra of alterations: what each breaks, what a policy holds, and what is left when findings forbid some.

Pure, so that a page can say what a recipe alters before anything is trained.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from learning.recipe_parts.augmentation import AugmentationPart
from learning.recipe_parts.invariances import Invariance

Alteration = Literal[
    "rotation", "scale", "stretch", "shear", "shift", "crop", "elastic", "lateral_flip", "vertical_flip",
    "brightness", "contrast", "gamma", "noise", "blur",
]
ALTERATIONS: tuple[Alteration, ...] = get_args(Alteration)
GEOMETRIC: tuple[Alteration, ...] = ALTERATIONS[:9]
FLIPS: tuple[Alteration, ...] = ("lateral_flip", "vertical_flip")

BREAKS: Mapping[Alteration, frozenset[Invariance]] = {
    "rotation": frozenset({"flip_only", "orientation_fixed"}),
    "scale": frozenset({"flip_only"}),
    "stretch": frozenset({"flip_only", "preserve_ratio"}),
    "shear": frozenset({"flip_only", "preserve_ratio", "orientation_fixed"}),
    "shift": frozenset({"flip_only"}),
    "crop": frozenset({"flip_only", "preserve_ratio"}),
    "elastic": frozenset({"flip_only", "preserve_ratio"}),
    "lateral_flip": frozenset({"no_lateral_flip", "orientation_fixed"}),
    "vertical_flip": frozenset({"flip_only", "no_lateral_flip", "orientation_fixed"}),
    "brightness": frozenset({"flip_only", "hu_safe"}),
    "contrast": frozenset({"flip_only", "hu_safe"}),
    "gamma": frozenset({"flip_only", "hu_safe"}),
    "noise": frozenset({"flip_only", "hu_safe"}),
    "blur": frozenset({"flip_only", "hu_safe"}),
}
"""Turned upside down, left and right are exchanged once the image is set upright: hence vertical_flip's second entry.

Scale and shift cut the edge of an image off; where `preserve_ratio` holds they are drawn so that they do not.
"""

POLICIES: Mapping[str, Mapping[Alteration, float]] = {
    "none": {},
    "limited": {"rotation": 10, "scale": 0.1, "shift": 0.1, "gamma": 1.25, "noise": 0.02},
    "standard": {
        "rotation": 15, "scale": 0.1, "stretch": 0.2, "shift": 0.1, "crop": 0.25, "lateral_flip": 0.5,
        "brightness": 0.1, "contrast": 0.2, "gamma": 1.25, "noise": 0.02,
    },
    "strong": {
        "rotation": 30, "scale": 0.2, "stretch": 0.35, "shear": 15, "shift": 0.15, "crop": 0.4, "elastic": 0.05,
        "lateral_flip": 0.5, "vertical_flip": 0.5, "brightness": 0.2, "contrast": 0.4, "gamma": 1.6, "noise": 0.05,
        "blur": 1.5,
    },
    "trivial_augment": {
        "rotation": 30, "scale": 0.2, "stretch": 0.35, "shear": 15, "shift": 0.15, "crop": 0.4, "lateral_flip": 0.5,
        "brightness": 0.2, "contrast": 0.4, "gamma": 1.6, "noise": 0.05, "blur": 1.5,
    },
}
"""Largest alteration of each kind.

rotation, shear  degrees           scale, stretch  share of the size; stretch is of one side against the other
shift            share of a side   crop            share of a side that may be cut away
elastic          displacement, as a share of a side          …flip  share of the images
brightness       share of the range of values      contrast  share by which differences grow or shrink
gamma            largest exponent (and its inverse)           noise  standard deviation, as a share of the range
blur             standard deviation in pixels
"""

WORDS: Mapping[Alteration, str] = {
    "rotation": "turned up to {:.3g} degrees",
    "scale": "scaled by up to {:.0%}",
    "stretch": "stretched by up to {:.0%}",
    "shear": "sheared up to {:.3g} degrees",
    "shift": "moved up to {:.0%}",
    "crop": "cropped by up to {:.0%} of a side",
    "elastic": "warped by up to {:.0%}",
    "lateral_flip": "mirrored left and right ({:.0%} of images)",
    "vertical_flip": "turned upside down ({:.0%} of images)",
    "brightness": "brightness by up to {:.0%}",
    "contrast": "contrast by up to {:.0%}",
    "gamma": "gamma up to {:.3g}",
    "noise": "noise up to {:.1%}",
    "blur": "blurred up to {:.3g} px",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a recipe alters.

    ranges    largest alteration of each kind that is left; see `POLICIES`.
    left_out  alterations of the policy that would break something, with what they would break.
    one_each  one alteration per image, drawn at random, instead of all of them.
    contains  nothing within the circle that touches the image's edges may leave it.
    """

    ranges: Mapping[Alteration, float]
    left_out: Mapping[Alteration, tuple[Invariance, ...]]
    one_each: bool = False
    contains: bool = False

    @property
    def sentence(self) -> str:
        """For pages: what is altered and what not, and why."""
        told = ", ".join(WORDS[name].format(value) for name, value in self.ranges.items())
        said = f"{'One of these for each image: ' if self.one_each else 'Altered: '}{told}." if told else (
            "Nothing is altered."
        )
        if not self.left_out:
            return said
        without = ", ".join(f"{WORDS[n].split(' {')[0].split(' up to')[0]} ({', '.join(why)})" for n, why in
                            self.left_out.items())
        return f"{said} Left out: {without}."


def plan_of(part: AugmentationPart) -> Plan:
    """The policy's alterations less those that would break one of the part's invariances.

    `flip_only` says that mirroring is harmless, so it mirrors unless something else forbids that.

    >>> sorted(plan_of(AugmentationPart(kind="standard", invariances=("flip_only",))).ranges)
    ['lateral_flip']
    """
    wanted = dict(POLICIES[part.kind])
    if part.lateral_flip or ("flip_only" in part.invariances and part.kind != "none"):
        wanted["lateral_flip"] = 0.5
    if part.strength == 0:
        return Plan({}, {})
    held = frozenset(part.invariances)
    left_out = {
        name: tuple(one for one in part.invariances if one in BREAKS[name]) for name in wanted if BREAKS[name] & held
    }
    kept = {name: _scaled(name, value, part.strength) for name, value in wanted.items() if name not in left_out}
    return Plan(kept, left_out, part.kind == "trivial_augment", "preserve_ratio" in held)


def _scaled(name: Alteration, value: float, strength: float) -> float:
    if name in FLIPS:
        return value * min(1.0, strength)
    if name == "gamma":
        return value if strength == 1 else float(value**strength)
    if name in ("crop", "scale", "stretch", "contrast"):
        return min(0.8, value * strength)
    return value * strength
