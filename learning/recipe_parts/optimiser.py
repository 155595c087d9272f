"""The section "optimiser" of a recipe."""

from typing import Literal

from pydantic import Field

from learning.recipe_parts.base import Part


class OptimiserPart(Part):
    """How long and how fast to learn."""

    name: Literal["adamw"] = Field(
        default="adamw", title="Optimiser", description="AdamW (Loshchilov and Hutter, 2019)."
    )
    learning_rate: float = Field(
        default=0.002, gt=0, le=1, title="Learning rate", description="Step size at the start of the schedule."
    )
    schedule: Literal["cosine", "constant"] = Field(
        default="cosine",
        title="Schedule",
        description="cosine: the learning rate falls to zero along half a cosine over all steps; constant: it stays.",
    )
    batch_size: int = Field(
        default=16,
        ge=2,
        le=1024,
        title="Batch size",
        description="Images per step.",
        json_schema_extra={"unit": "images"},
    )
    max_epochs: int = Field(
        default=40,
        ge=1,
        le=1000,
        title="Epochs, at most",
        description="Passes over the training images.",
        json_schema_extra={"unit": "epochs"},
    )
    max_steps: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        title="Steps, at most",
        description="If given, the run ends after this many batches, in place of the number of epochs.",
        json_schema_extra={"unit": "steps"},
    )
    patience: int = Field(
        default=10,
        ge=0,
        le=1000,
        title="Patience",
        description="Stop after this many epochs without a better validation loss (0 = never stop early).",
        json_schema_extra={"unit": "epochs"},
    )
    keep: Literal["best", "last"] = Field(
        default="best",
        title="Weights kept",
        description="best: those of the epoch with the lowest validation loss; last: those of the last epoch. With few "
        "labels the held-out share is too small to choose well, and this is better.",
    )
    seconds: float | None = Field(
        default=None,
        gt=0,
        le=30 * 24 * 3600,
        title="Time budget",
        description="End after the epoch that passes this many seconds. A run cut by time is not reproducible "
        "bit for bit on another machine.",
        json_schema_extra={"unit": "s"},
    )
