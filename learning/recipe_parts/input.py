"""The section "input" of a recipe."""

from typing import Literal

from pydantic import Field

from learning.recipe_parts.base import Part


class InputPart(Part):
    """What the network sees."""

    size: int = Field(
        default=96,
        ge=32,
        le=1024,
        title="Image size",
        description="Side of the square image the network sees, in pixels. Twice the side costs four times the time.",
        json_schema_extra={"unit": "px"},
    )
    channels: Literal[1, 3] = Field(
        default=1,
        title="Channels",
        description="1 for greyscale; 3 repeats the grey image for networks that started on colour photographs.",
    )
    normalise: Literal["percentile", "none"] = Field(
        default="percentile",
        title="Brightness",
        description="percentile: each image's 1st to 99th percentile becomes 0 to 1; none: the stored values "
        "(integers divided by the largest value of their type).",
    )
