"""Which alterations, samplings and losses go together; each refusal says what to choose instead."""

from learning.recipe_parts.augmentation import AugmentationPart
from learning.recipe_parts.imbalance import ImbalancePart
from learning.recipe_parts.targets import TargetsPart
from learning.recipe_parts.tuning import TuningPart

BLEND_BREAKS = {
    "mixup": ("hu_safe", "flip_only"),
    "cutmix": ("preserve_ratio", "hu_safe", "flip_only"),
}
"""What blending two images breaks: a blended value belongs to no tissue, a pasted half has no proportions."""


def check_blends(augmentation: AugmentationPart, targets: TargetsPart) -> None:
    """Raises ValueError for mixup or cutmix where answers cannot be blended or an invariance would break."""
    for name, broken in BLEND_BREAKS.items():
        if not getattr(augmentation, name):
            continue
        if targets.kind in ("ordinal", "segmentation", "progression"):
            raise ValueError(
                f"augmentation.{name} blends answers, which has no meaning for targets.kind {targets.kind!r}; set it "
                "to 0, or predict findings as binary or multiclass"
            )
        found = [one for one in augmentation.invariances if one in broken]
        if found:
            raise ValueError(
                f"augmentation.{name} would break {', '.join(found)}, which must stay as it is; set it to 0"
            )


def check_counted_once(imbalance: ImbalancePart, targets: TargetsPart) -> None:
    """Raises ValueError where a rare side would count more for two reasons at once."""
    ways = {
        "imbalance.sampling": imbalance.sampling != "none" and imbalance.sampling_strength > 0,
        "imbalance.class_weights": imbalance.class_weights != "none",
        "imbalance.loss 'logit_adjustment'": imbalance.loss == "logit_adjustment" and imbalance.logit_tau > 0,
        "imbalance.loss 'ldam' with late weights": imbalance.loss == "ldam" and imbalance.ldam_deferred < 1,
        "imbalance.focal_alpha": imbalance.loss == "focal" and imbalance.focal_alpha is not None,
        "imbalance.embeddings": imbalance.embeddings != "none",
    }
    used = [name for name, is_used in ways.items() if is_used]
    if len(used) > 1:
        raise ValueError(
            f"{' and '.join(used)} both make rare answers count more, so that they would count twice; keep one and set "
            "the other to its default (for LDAM set ldam_deferred to 1, for focal leave α empty)"
        )
    if targets.kind == "segmentation" and (used or imbalance.loss != "cross_entropy"):
        raise ValueError(
            "the section imbalance weighs answers about whole images, and targets.kind 'segmentation' has none; leave "
            "it as it is and raise targets.dice_weight for small structures"
        )
    if targets.kind == "multiclass" and imbalance.loss == "focal" and imbalance.focal_alpha is not None:
        raise ValueError(
            "imbalance.focal_alpha weighs present against absent answers, which targets.kind 'multiclass' has not; "
            "leave it empty, or choose class weights"
        )
    if targets.kind in ("multiclass", "ordinal") and imbalance.loss == "ldam":
        raise ValueError(
            "imbalance.loss 'ldam' is there for findings that are present or absent; with targets.kind "
            f"{targets.kind!r} choose 'logit_adjustment' or class weights"
        )


def check_features(imbalance: ImbalancePart, tuning: TuningPart) -> None:
    """Raises ValueError for synthetic features without frozen ones, and for what frozen features have no use for."""
    frozen = tuning.kind == "frozen"
    if imbalance.embeddings != "none" and not frozen:
        raise ValueError(
            f"imbalance.embeddings {imbalance.embeddings!r} interpolates between frozen features; choose tuning.kind "
            "'frozen', or imbalance.sampling 'oversample' for a network that learns"
        )
    steps = {
        f"imbalance.sampling {imbalance.sampling!r}": imbalance.sampling != "none",
        f"imbalance.loss {imbalance.loss!r}": imbalance.loss != "cross_entropy",
    }
    unused = [name for name, is_used in steps.items() if is_used]
    if frozen and unused:
        raise ValueError(
            f"{' and '.join(unused)} belong to training by steps, which tuning.kind 'frozen' has not; choose class "
            "weights or imbalance.embeddings"
        )
