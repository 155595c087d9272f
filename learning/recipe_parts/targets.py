"""The section "targets" of a recipe."""

from typing import Literal, Self

from pydantic import Field, model_validator

from learning.recipe_parts.base import Part

TaskKind = Literal["binary", "multiclass", "ordinal", "segmentation", "progression"]


class TargetsPart(Part):
    """What to predict."""

    kind: TaskKind = Field(
        default="binary",
        title="Task",
        description="binary: each finding present or absent. multiclass: findings that exclude each other, or the "
        "grades of one finding, as classes whose probabilities sum to 1. ordinal: the grade of a finding, learned as "
        "levels in order. segmentation: which pixels, from readers' masks. progression: whether a finding is worse "
        "than on the patient's earlier study.",
    )
    findings: tuple[str, ...] = Field(
        default=(),
        title="Findings",
        description="Codes of the findings to learn; none chosen means all of the project.",
    )
    uncertain: Literal["ignore", "ones", "zeros", "soft"] = Field(
        default="ignore",
        title="Equivocal answers",
        description="What 'equivocal' (-1 in CheXpert's tables) means in training. ignore: not used; ones: present; "
        "zeros: absent; soft: half present, target 0.5.",
    )
    none_class: bool = Field(
        default=True,
        title="A class for none of them",
        description="multiclass: cases on which all of the findings are absent form a class of their own; otherwise "
        "they are left out.",
        json_schema_extra={"only_with": "targets.kind=multiclass"},
    )
    dice_weight: float = Field(
        default=0.5,
        ge=0,
        le=1,
        title="Share of the Dice loss",
        description="segmentation: this share of the loss is 1 - Dice, the rest is cross-entropy. Dice alone learns "
        "small structures; cross-entropy alone gives better probabilities.",
        json_schema_extra={"only_with": "targets.kind=segmentation"},
    )
    patch: int | None = Field(
        default=None,
        ge=16,
        le=512,
        title="Patch side",
        description="segmentation: learn from patches of at most this many pixels along each axis, a third of them "
        "around what is marked, and predict window by window. For volumes too large for memory. Empty: whole images.",
        json_schema_extra={"unit": "px", "only_with": "targets.kind=segmentation"},
    )
    covariates: tuple[Literal["days", "age"], ...] = Field(
        default=("days",),
        title="Covariates",
        description="progression: what is given to the network beside the two images; a missing value is told as "
        "missing. days: between the studies; age: at the later one.",
        json_schema_extra={"only_with": "targets.kind=progression"},
    )

    @model_validator(mode="after")
    def _codes_differ(self) -> Self:
        if len(set(self.findings)) != len(self.findings):
            raise ValueError("targets.findings names a finding twice; list each code once")
        if self.kind == "multiclass" and self.uncertain == "soft":
            raise ValueError(
                "targets.uncertain 'soft' means half present, which a class that excludes the others cannot be; "
                "choose 'ignore'"
            )
        return self
