"""The section "imbalance" of a recipe."""

from typing import Literal

from pydantic import Field

from learning.recipe_parts.base import Part


class ImbalancePart(Part):
    """What to do about rare findings. One of sampling, weights and losses: two of them count a rarity twice."""

    sampling: Literal["none", "oversample", "undersample", "hard_cases", "dynamic"] = Field(
        default="none",
        title="Sampling",
        description="Which cases an epoch shows. oversample: rare answers as often as frequent ones, drawn again at "
        "random (too much of it overfits). undersample: most of the frequent answers are left out for good. "
        "hard_cases: oversample, and of each side those again that the network gets wrong. dynamic: each side in "
        "proportion to 1 - F1 of the last epoch (Pouyanfar et al. 2018); probabilities that it has shifted are right "
        "only with calibration cases, or after cross-validation.",
    )
    sampling_strength: float = Field(
        default=1.0,
        ge=0,
        le=1,
        title="Strength of sampling",
        description="0: as frequent as in the data, which changes nothing, bit for bit; 1: wholly as chosen above.",
        json_schema_extra={"only_with": "imbalance.sampling=oversample,undersample,hard_cases,dynamic"},
    )
    class_weights: Literal["none", "inverse_prevalence", "class_balanced"] = Field(
        default="none",
        title="Class weights",
        description="Weights shift probabilities up; calibration corrects that, of findings that occur together: of "
        "classes that exclude each other the rare ones keep too high a probability. inverse_prevalence: positives of a "
        "rare finding count more, so that both sides weigh the same (at most 20-fold). class_balanced: by the "
        "effective number of cases (Cui et al. 2019), gentler where there are many.",
    )
    beta: float = Field(
        default=0.9999,
        ge=0,
        lt=1,
        title="β of class-balanced weights",
        description="A side of n cases weighs (1 - β) / (1 - β^n). 0: all alike; towards 1: inverse prevalence.",
    )
    loss: Literal["cross_entropy", "focal", "logit_adjustment", "ldam"] = Field(
        default="cross_entropy",
        title="Loss",
        description="focal: easy cases count less (Lin et al. 2017); its probabilities need calibration. "
        "logit_adjustment: shifts the log odds by the prevalence while training (Menon et al. 2021). ldam: a wider "
        "margin for the rarer side, and late class-balanced weights (Cao et al. 2019).",
    )
    focal_gamma: float = Field(
        default=2.0,
        ge=0,
        le=10,
        title="Focal γ",
        description="How much less easy cases count; 0: plain cross-entropy.",
        json_schema_extra={"only_with": "imbalance.loss=focal"},
    )
    focal_alpha: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        title="Focal α",
        description="Weight of present answers, those of absent ones being 1 - α (the paper has 0.25). Empty: 1 and 1.",
        json_schema_extra={"only_with": "imbalance.loss=focal"},
    )
    logit_tau: float = Field(
        default=1.0,
        ge=0,
        le=3,
        title="τ of logit adjustment",
        description="Multiplies the log odds of the prevalence; 0: plain cross-entropy; 1: for balanced accuracy.",
        json_schema_extra={"only_with": "imbalance.loss=logit_adjustment"},
    )
    ldam_margin: float = Field(
        default=0.5,
        gt=0,
        le=2,
        title="Largest LDAM margin",
        description="Margin of the rarest side; that of a side with n cases falls with n^¼.",
        json_schema_extra={"only_with": "imbalance.loss=ldam"},
    )
    ldam_scale: float = Field(
        default=30.0,
        gt=0,
        le=100,
        title="LDAM scale",
        description="Multiplies the cosines that stand for the log odds.",
        json_schema_extra={"only_with": "imbalance.loss=ldam"},
    )
    ldam_deferred: float = Field(
        default=0.8,
        ge=0,
        le=1,
        title="LDAM weights from",
        description="Share of the steps after which class-balanced weights (β above) set in; 1: never.",
        json_schema_extra={"only_with": "imbalance.loss=ldam"},
    )
    embeddings: Literal["none", "smote", "borderline_smote", "adasyn"] = Field(
        default="none",
        title="Synthetic cases among features",
        description="Only with frozen features: rare cases are interpolated between neighbours until both sides are "
        "equally many. borderline_smote and adasyn do so where the sides meet. Never among pixels.",
    )
