"""The section "start" of a recipe."""

from typing import Literal, Self

from pydantic import Field, model_validator

from learning.recipe_parts.base import Part


class StartPart(Part):
    """Where the weights come from."""

    kind: Literal["scratch", "checkpoint"] = Field(
        default="scratch",
        title="Start from",
        description="scratch: random weights; checkpoint: continue from an earlier model (transfer learning).",
    )
    model: str = Field(
        default="",
        max_length=300,
        title="Model",
        description="Reference of the model to continue from, for instance 'model 3'. Only with a checkpoint.",
    )

    @model_validator(mode="after")
    def _reference_fits(self) -> Self:
        if self.kind == "checkpoint" and not self.model:
            raise ValueError("starting from a checkpoint needs the model to start from; name it in start.model")
        if self.kind == "scratch" and self.model:
            raise ValueError("start.model is given, yet start.kind is 'scratch'; choose 'checkpoint' or empty it")
        return self
