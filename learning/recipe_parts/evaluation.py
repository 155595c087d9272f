"""The section "evaluation" of a recipe."""

from typing import Literal

from pydantic import Field

from learning.recipe_parts.base import Part


class EvaluationPart(Part):
    """How the run is judged while it trains."""

    kind: Literal["holdout", "kfold"] = Field(
        default="holdout",
        title="Validation",
        description="holdout: a share of the patients is kept aside; kfold: every patient is kept aside once, "
        "which costs k trainings.",
    )
    fraction: float = Field(
        default=0.2,
        ge=0.05,
        le=0.5,
        title="Share kept aside",
        description="Share of the patients kept aside (holdout).",
    )
    folds: int = Field(default=5, ge=2, le=10, title="Folds", description="Number of folds k (kfold).")
