"""The section "tuning" of a recipe."""

from typing import Literal, Self

from pydantic import Field, model_validator

from learning.recipe_parts.base import Part


class TuningPart(Part):
    """Which weights learn, and how fast."""

    kind: Literal["all", "shallow", "incremental", "probe_then_tune", "frozen"] = Field(
        default="all",
        title="Tuning",
        description="Under 100 cases a side, frozen or shallow is the safer choice. all: every weight learns (deep "
        "tuning; from an earlier model, give the body a low rate). shallow: only the head and the top stages learn. "
        "incremental: one more stage from the top is freed at a time, and how many is chosen by validation within the "
        "training cases. probe_then_tune: the head alone first, then all. frozen: the network gives features only, and "
        "a linear classifier learns on them; steps and augmentation are not used.",
    )
    stages: int = Field(
        default=1,
        ge=0,
        le=20,
        title="Top stages that learn",
        description="Shallow tuning: how many stages of the network learn with the head, counted from the top (0: the "
        "head alone).",
        json_schema_extra={"unit": "stages", "only_with": "tuning.kind=shallow"},
    )
    most_stages: int = Field(
        default=0,
        ge=0,
        le=20,
        title="Stages tried, at most",
        description="Incremental tuning: depths up to this many stages are tried (0: all of them).",
        json_schema_extra={"unit": "stages", "only_with": "tuning.kind=incremental"},
    )
    body_rate: float = Field(
        default=1.0,
        gt=0,
        le=1,
        title="Rate of the body",
        description="Learning rate of everything below the head, as a share of the head's. 0.1 or less keeps what an "
        "earlier model has learned.",
        json_schema_extra={"only_with": "tuning.kind=all,shallow,incremental,probe_then_tune"},
    )
    layer_decay: float = Field(
        default=1.0,
        gt=0,
        le=1,
        title="Decay per stage",
        description="Each stage further from the head learns this much slower than the one above it (0.65 to 0.75 is "
        "usual; 1 = off).",
        json_schema_extra={"only_with": "tuning.kind=all,shallow,incremental,probe_then_tune"},
    )
    probe_share: float = Field(
        default=0.3,
        gt=0,
        lt=1,
        title="Share for the head alone",
        description="Probe, then tune: the part of all steps in which only the head learns.",
        json_schema_extra={"only_with": "tuning.kind=probe_then_tune"},
    )
    norm_statistics: Literal["update", "keep"] = Field(
        default="update",
        title="Batch normalisation",
        description="Frozen stages always keep theirs. update: means and variances follow the new images; keep: those "
        "of the earlier model are used also where its weights learn, which is wise with batches under 16.",
        json_schema_extra={"only_with": "tuning.kind=all,shallow,incremental,probe_then_tune"},
    )
    classifier: Literal["svm", "logistic"] = Field(
        default="svm",
        title="Classifier on frozen features",
        description="Both choose their strength of regularisation by cross-validation within the training cases. svm: "
        "linear support vector machine, its margins turned into probabilities (Platt); logistic: logistic regression.",
        json_schema_extra={"only_with": "tuning.kind=frozen"},
    )
    inner_folds: int = Field(
        default=3,
        ge=2,
        le=10,
        title="Inner folds",
        description="Parts of the training patients by which frozen features choose their regularisation and "
        "incremental tuning its depth. Cases kept aside for judging take no part.",
        json_schema_extra={"only_with": "tuning.kind=frozen,incremental"},
    )

    @model_validator(mode="after")
    def _rates_are_used(self) -> Self:
        if self.kind == "frozen" and (self.body_rate != 1 or self.layer_decay != 1):
            raise ValueError(
                "frozen features have no learning rate; leave tuning.body_rate and tuning.layer_decay at 1, or choose "
                "another kind of tuning"
            )
        return self
