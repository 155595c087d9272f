"""What alterations of an image must leave as it is, so that the answer stays true."""

from typing import Literal, get_args

Invariance = Literal["preserve_ratio", "flip_only", "no_lateral_flip", "hu_safe", "orientation_fixed"]

INVARIANCES: tuple[Invariance, ...] = get_args(Invariance)

MEANINGS: dict[Invariance, str] = {
    "preserve_ratio": "proportions of organs: only turned, moved and scaled alike in both directions, nothing cut off",
    "flip_only": "everything but the side: mirroring left and right is the only alteration",
    "no_lateral_flip": "left and right",
    "hu_safe": "pixel values, as Hounsfield units",
    "orientation_fixed": "orientation: neither turned nor mirrored",
}
"""In words, for forms and pages: "keeps …"."""
