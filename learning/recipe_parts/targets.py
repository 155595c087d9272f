"""The section "targets" of a recipe."""

from typing import Literal, Self

from pydantic import Field, model_validator

from learning.recipe_parts.base import Part


class TargetsPart(Part):
    """What to predict."""

    findings: tuple[str, ...] = Field(
        default=(),
        title="Findings",
        description="Codes of the findings to learn; empty means all findings of the project.",
    )
    uncertain: Literal["ignore", "ones", "zeros", "soft"] = Field(
        default="ignore",
        title="Equivocal answers",
        description="What 'equivocal' (-1 in CheXpert's tables) means in training. ignore: not used; ones: present; "
        "zeros: absent; soft: half present, target 0.5.",
    )

    @model_validator(mode="after")
    def _codes_differ(self) -> Self:
        if len(set(self.findings)) != len(self.findings):
            raise ValueError("targets.findings names a finding twice; list each code once")
        return self
