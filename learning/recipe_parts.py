"""The sections of a recipe: each field with its title, meaning, unit, default and bounds.

A form is generated from these (`learning.recipe.recipe_schema`), so descriptions are written for the researcher.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class InputPart(Part):
    """What the network sees."""

    size: int = Field(
        default=96,
        ge=32,
        le=1024,
        title="Image size",
        description="Side of the square image the network sees, in pixels. Twice the side costs four times the time.",
        json_schema_extra={"unit": "px"},
    )
    channels: Literal[1, 3] = Field(
        default=1,
        title="Channels",
        description="1 for greyscale; 3 repeats the grey image for networks that started on colour photographs.",
    )
    normalise: Literal["percentile", "none"] = Field(
        default="percentile",
        title="Brightness",
        description="percentile: each image's 1st to 99th percentile becomes 0 to 1; none: the stored values "
        "(integers divided by the largest value of their type).",
    )


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


class NetworkPart(Part):
    """Which network."""

    name: Literal["small_cnn", "resnet18", "densenet121"] = Field(
        default="small_cnn",
        title="Network",
        description="small_cnn: 28 thousand parameters, seconds on a CPU; resnet18: 11 million; "
        "densenet121: 7 million, the usual choice for chest radiographs, wants a GPU or patience.",
    )


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


class ImbalancePart(Part):
    """What to do about rare findings."""

    class_weights: Literal["none", "inverse_prevalence"] = Field(
        default="none",
        title="Class weights",
        description="inverse_prevalence: positives of a rare finding count more, so that both sides weigh the same "
        "(at most 20-fold). Shifts probabilities up; calibration corrects that.",
    )


class AugmentationPart(Part):
    """Random alterations of training images."""

    kind: Literal["none", "limited"] = Field(
        default="limited",
        title="Augmentation",
        description="limited: scale 0.9 to 1.1, rotation up to 10 degrees, shift up to 10 %, gamma 0.8 to 1.25, "
        "noise up to 0.02 of the brightness range.",
    )
    lateral_flip: bool = Field(
        default=False,
        title="Mirror left and right",
        description="Off by default: a mirrored chest has its heart on the wrong side.",
    )


class RegularisationPart(Part):
    """What keeps the network from learning by heart."""

    dropout_hidden: float = Field(
        default=0.5,
        ge=0,
        lt=1,
        title="Dropout, hidden",
        description="Probability to drop a unit of the embedding in training (0 = off).",
    )
    dropout_input: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        title="Dropout, input",
        description="Probability to drop an input pixel in training (0 = off; 0.2 is the classical value).",
    )
    weight_decay: float = Field(
        default=0.01,
        ge=0,
        le=1,
        title="Weight decay",
        description="AdamW's pull of the weights towards zero (L2).",
    )
    label_smoothing: float = Field(
        default=0.0,
        ge=0,
        lt=0.5,
        title="Label smoothing",
        description="Moves targets from 0 and 1 towards 0.5 by this share (0.1 turns 1 into 0.95).",
    )


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
        description="cosine: the learning rate falls to zero along half a cosine over all steps.",
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
        "labels the held-out share is too small to choose well, and last is better.",
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


class PseudolabelsPart(Part):
    """Use of the teacher's confident predictions."""

    weight: float = Field(
        default=0.0,
        ge=0,
        le=10,
        title="Weight of pseudolabels",
        description="What a pseudolabelled image counts beside one that a reader has answered (all of them together "
        "at most this times the answered ones); 0 = off, which changes nothing, bit for bit.",
    )


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
