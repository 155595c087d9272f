"""The section "evaluation" of a recipe."""

from typing import Literal, Self

from pydantic import Field, model_validator

from learning.recipe_parts.base import Part

Tunable = Literal[
    "optimiser.learning_rate", "regularisation.weight_decay", "regularisation.dropout_hidden",
    "regularisation.label_smoothing",
]


class EvaluationPart(Part):
    """How the run is judged: on patients that chose nothing, neither the epoch nor a setting."""

    kind: Literal["holdout", "kfold", "leave_one_out"] = Field(
        default="holdout",
        title="Validation",
        description="holdout: a share of the patients judges, which starves training where there are few; kfold: every "
        "patient judges once, which costs k trainings, findings spread evenly; leave_one_out: as many trainings as "
        "patients, for very few of them (its figures vary more than those of repeated k-fold).",
    )
    fraction: float = Field(
        default=0.2,
        ge=0.05,
        le=0.5,
        title="Share kept aside",
        description="Share of the patients that judges (holdout); and the same share of the others chooses the epoch, "
        "where the recipe stops early or keeps the best one.",
    )
    folds: int = Field(
        default=5, ge=2, le=20, title="Folds", description="Number of folds k (kfold).",
        json_schema_extra={"only_with": "evaluation.kind=kfold"},
    )
    repeats: int = Field(
        default=1,
        ge=1,
        le=20,
        title="Repeats",
        description="Cross-validate this often with other folds, so that no lucky split decides (kfold). Each repeat "
        "costs k trainings.",
        json_schema_extra={"unit": "times", "only_with": "evaluation.kind=kfold"},
    )
    tune: tuple[Tunable, ...] = Field(
        default=(),
        title="Settings to search for",
        description="Chosen inside each training part by trials on inner folds (nested cross-validation); the patients "
        "that judge have no say. Empty: the recipe's own values.",
    )
    trials: int = Field(
        default=10,
        ge=2,
        le=50,
        title="Trials",
        description="Settings tried in each search; a control arm gets as many.",
        json_schema_extra={"unit": "trials", "only_with": "evaluation.tune"},
    )
    inner_folds: int = Field(
        default=3, ge=2, le=5, title="Inner folds", description="Folds within the training part that judge a trial.",
        json_schema_extra={"only_with": "evaluation.tune"},
    )

    @model_validator(mode="after")
    def _settings_differ(self) -> Self:
        if len(set(self.tune)) != len(self.tune):
            raise ValueError("evaluation.tune names a setting twice; list each once")
        return self

    def parts(self, n_patients: int) -> int:
        """Trainings whose models are judged on patients of their own."""
        if self.kind == "kfold":
            return self.folds * self.repeats
        return n_patients if self.kind == "leave_one_out" else 1

    def judging_share(self, n_patients: int) -> float:
        """Share of the patients that judges in one of these trainings."""
        if self.kind == "holdout":
            return self.fraction
        return 1 / (self.folds if self.kind == "kfold" else max(2, n_patients))

    def searches(self, n_patients: int) -> int:
        """Trainings spent on trials: in every part, and once more for the final model."""
        if not self.tune:
            return 0
        parts = self.parts(n_patients)
        return (parts + (parts > 1)) * self.trials * self.inner_folds
