"""The section "imbalance" of a recipe."""

from typing import Literal

from pydantic import Field

from learning.recipe_parts.base import Part


class ImbalancePart(Part):
    """What to do about rare findings."""

    class_weights: Literal["none", "inverse_prevalence"] = Field(
        default="none",
        title="Class weights",
        description="inverse_prevalence: positives of a rare finding count more, so that both sides weigh the same "
        "(at most 20-fold). Shifts probabilities up; calibration corrects that.",
    )
