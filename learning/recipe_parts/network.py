"""The section "network" of a recipe."""

from typing import Literal

from pydantic import Field

from learning.recipe_parts.base import Part


class NetworkPart(Part):
    """Which network."""

    name: Literal["small_cnn", "resnet18", "densenet121"] = Field(
        default="small_cnn",
        title="Network",
        description="small_cnn: 28 thousand parameters, seconds on a CPU; resnet18: 11 million; "
        "densenet121: 7 million, the usual choice for chest radiographs, wants a GPU or patience.",
    )
