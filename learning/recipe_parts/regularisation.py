"""The section "regularisation" of a recipe."""

from pydantic import Field

from learning.recipe_parts.base import Part


class RegularisationPart(Part):
    """What keeps the network from learning by heart."""

    dropout_hidden: float = Field(
        default=0.5,
        ge=0,
        lt=1,
        title="Dropout, hidden",
        description="Probability to drop a unit of the embedding in training (0 = off).",
    )
    dropout_input: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        title="Dropout, input",
        description="Probability to drop an input pixel in training (0 = off; 0.2 is the classical value).",
    )
    weight_decay: float = Field(
        default=0.01,
        ge=0,
        le=1,
        title="Weight decay",
        description="AdamW's pull of the weights towards zero (L2).",
    )
    label_smoothing: float = Field(
        default=0.0,
        ge=0,
        lt=0.5,
        title="Label smoothing",
        description="Moves targets from 0 and 1 towards 0.5 by this share (0.1 turns 1 into 0.95).",
    )
