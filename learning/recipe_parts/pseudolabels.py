"""The section "pseudolabels" of a recipe."""

from pydantic import Field

from learning.recipe_parts.base import Part


class PseudolabelsPart(Part):
    """Use of the teacher's confident predictions."""

    weight: float = Field(
        default=0.0,
        ge=0,
        le=10,
        title="Weight of pseudolabels",
        description="What a pseudolabelled image counts beside one that a reader has answered (all of them together "
        "at most this times the answered ones); 0 = off, which changes nothing, bit for bit.",
    )
