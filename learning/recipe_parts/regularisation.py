"""The section "regularisation" of a recipe."""

from typing import Literal, Self

from pydantic import Field, model_validator

from learning.recipe_parts.base import Part

FEW_IMAGES = 500
"""Below this many training images dropout is said to gain nothing (Srivastava et al. 2014)."""


class RegularisationPart(Part):
    """What keeps the network from learning by heart."""

    dropout_hidden: float = Field(
        default=0.5,
        ge=0,
        lt=1,
        title="Dropout, hidden",
        description="Drop probability of a unit of the embedding in training (0 = off; 0.5 is the classical value). "
        "The literature's 0.8 is a probability to keep: a drop probability of 0.2. With fewer than 500 training images "
        "no gain is to be expected.",
    )
    dropout_input: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        title="Dropout, input",
        description="Drop probability of an input pixel in training (0 = off; 0.2 is the classical value).",
    )
    dropout_stages: str = Field(
        default="",
        max_length=100,
        title="Dropout, stages",
        description="Drop probability of a whole feature map after each block of the network, from the input upwards, "
        "with commas between: 0, 0.1, 0.2. One number goes for all blocks. Empty: off.",
    )
    norm: Literal["auto", "batch", "group"] = Field(
        default="auto",
        title="Normalisation",
        description="auto: the network's own, but groups in place of batches where a network from scratch sees fewer "
        "than 16 images a step, too few to tell their mean and spread. batch, group: as named.",
    )
    weight_decay: float = Field(
        default=0.01,
        ge=0,
        le=1,
        title="Weight decay",
        description="AdamW's pull of the weights towards zero (L2, ridge).",
    )
    l1: float = Field(
        default=0.0,
        ge=0,
        le=1,
        title="L1 penalty",
        description="Penalty on absolute weights (lasso): weights that are of no use become exactly 0. 0.0001 to 0.01 "
        "is a usual range; 0 = off.",
    )
    label_smoothing: float = Field(
        default=0.0,
        ge=0,
        lt=0.5,
        title="Label smoothing",
        description="Moves targets from 0 and 1 towards 0.5 by this share (0.1 turns 1 into 0.95).",
    )
    average: Literal["none", "ema", "swa"] = Field(
        default="none",
        title="Average of weights",
        description="ema: the network that is judged and kept is a running average over the last steps. swa: the plain "
        "mean over the last part of the training (Izmailov et al. 2018).",
    )
    ema_decay: float = Field(
        default=0.99,
        ge=0,
        lt=1,
        title="Decay of the average",
        description="ema: what remains of the average after a step; 0.99 averages over about 100 steps, 0 over one.",
        json_schema_extra={"only_with": "regularisation.average=ema"},
    )
    swa_from: float = Field(
        default=0.75,
        ge=0,
        lt=1,
        title="Average from",
        description="swa: share of the steps after which averaging begins.",
        json_schema_extra={"only_with": "regularisation.average=swa"},
    )

    @model_validator(mode="after")
    def _probabilities_can_be_read(self) -> Self:
        _ = self.stage_probabilities
        return self

    @property
    def stage_probabilities(self) -> tuple[float, ...]:
        """Drop probabilities after the network's stages. Raises ValueError naming what is not one."""
        found = []
        for word in filter(None, (word.strip() for word in self.dropout_stages.split(","))):
            try:
                p = float(word)
            except ValueError:
                p = -1.0
            if not 0 <= p < 1:
                raise ValueError(
                    f"regularisation.dropout_stages: {word!r} is not a drop probability; write numbers from 0 to below "
                    "1 with commas between, such as 0, 0.1, 0.2"
                )
            found.append(p)
        return tuple(found)
