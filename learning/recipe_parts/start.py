"""The section "start" of a recipe."""

from typing import Literal, Self

from pydantic import Field, model_validator

from learning.recipe_parts.base import Part
from learning.recipe_parts.families import family_of


class StartPart(Part):
    """Where the weights come from."""

    kind: Literal["scratch", "checkpoint", "weights"] = Field(
        default="scratch",
        title="Start from",
        description="scratch: random weights; checkpoint: continue from an earlier model (transfer learning); "
        "weights: public weights that this site keeps, trained elsewhere on many more images.",
    )
    model: str = Field(
        default="",
        max_length=300,
        title="Model",
        description="Reference of the model to continue from, for instance 'model 3', or 'chest-2 model 3' for one of "
        "another project that you may see.",
        json_schema_extra={"only_with": "start.kind=checkpoint"},
    )
    weights: str = Field(
        default="",
        max_length=200,
        title="Public weights",
        description="FAMILY/NAME as listed under Public weights, for instance 'imagenet/resnet18'. The brightness "
        "scaling must be the publisher's.",
        json_schema_extra={"only_with": "start.kind=weights"},
    )

    @model_validator(mode="after")
    def _reference_fits(self) -> Self:
        if self.kind == "checkpoint" and not self.model:
            raise ValueError("starting from a checkpoint needs the model to start from; name it in start.model")
        if self.kind != "checkpoint" and self.model:
            raise ValueError(f"start.model is given, yet start.kind is {self.kind!r}; choose 'checkpoint' or empty it")
        if self.kind == "weights" and not self.weights:
            raise ValueError("starting from public weights needs their name; give it in start.weights")
        if self.kind != "weights" and self.weights:
            raise ValueError(f"start.weights is given, yet start.kind is {self.kind!r}; choose 'weights' or empty it")
        if self.weights:
            family_of(self.weights)
        return self
