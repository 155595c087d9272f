"""What a kind of task demands of the other sections. Pure: a form can say it before anything runs."""

from learning.recipe_parts.input import InputPart
from learning.recipe_parts.network import HAND_CRAFTED, NetworkPart
from learning.recipe_parts.pseudolabels import PseudolabelsPart
from learning.recipe_parts.targets import TargetsPart
from learning.recipe_parts.tuning import TuningPart


def check_task(
    targets: TargetsPart, input: InputPart, network: NetworkPart, tuning: TuningPart, pseudolabels: PseudolabelsPart
) -> None:
    """Raises ValueError where the task cannot be learned so; each refusal says what to choose instead.

    >>> from learning.recipe_parts import InputPart, NetworkPart, PseudolabelsPart, TargetsPart, TuningPart
    >>> check_task(TargetsPart(kind="ordinal"), InputPart(), NetworkPart(), TuningPart(), PseudolabelsPart())
    """
    if targets.kind == "binary":
        return
    if tuning.kind == "frozen" and targets.kind != "multiclass":
        raise ValueError(
            f"tuning.kind 'frozen' fits a linear classifier, which targets.kind {targets.kind!r} does not have; choose "
            "'shallow' or 'all'"
        )
    if targets.kind not in ("segmentation", "progression"):
        return
    if pseudolabels.weight > 0:
        raise ValueError(
            f"pseudolabels are answers about whole images, which targets.kind {targets.kind!r} does not learn; set "
            "pseudolabels.weight to 0"
        )
    if network.name in HAND_CRAFTED:
        raise ValueError(f"network.name {network.name!r} describes a whole image; targets.kind {targets.kind!r} needs "
                         "a network, such as 'small_cnn'")
    if targets.kind == "segmentation":
        _check_masks(input)
    elif input.is_volume:
        raise ValueError("targets.kind 'progression' compares two images; set input.volume to 'middle'")


def _check_masks(input: InputPart) -> None:
    """Masks must lie on what the network sees, pixel by pixel."""
    if input.volume not in ("middle", "3d"):
        raise ValueError(f"targets.kind 'segmentation' outlines images or whole volumes; input.volume {input.volume!r} "
                         "shows neither. Choose 'middle' or '3d'")
    moved = {"input.region": input.region != "whole", "input.spacing_mm": input.spacing_mm is not None,
             "input.orientation": input.orientation != "as_stored"}
    for name, is_used in moved.items():
        if is_used:
            raise ValueError(f"{name} moves pixels away from their masks, so targets.kind 'segmentation' takes the "
                             "whole image as it is stored; leave it at its default")
