"""What a recipe is warned of on so many images: said on the form and in the run's notes."""

from learning.recipe_parts.imbalance import ImbalancePart
from learning.recipe_parts.regularisation import FEW_IMAGES, RegularisationPart

MANY_REPEATS = 10


def dropout_warning(part: RegularisationPart, n_images: int) -> str:
    """Empty unless units are dropped while there are few images.

    >>> dropout_warning(RegularisationPart(dropout_hidden=0), 80)
    ''
    """
    stages = max(part.stage_probabilities, default=0.0)
    rates = {"hidden": part.dropout_hidden, "input": part.dropout_input, "stages": stages}
    used = ", ".join(f"{name} {rate:g}" for name, rate in rates.items() if rate > 0)
    if not used or n_images >= FEW_IMAGES:
        return ""
    return (
        f"Dropout ({used}) on {n_images} training images: with fewer than {FEW_IMAGES} no gain was found (Srivastava "
        "et al. 2014). Compare with drop probabilities of 0."
    )


def repetition_warning(part: ImbalancePart, rarest: int, n_images: int, sides: int = 2) -> str:
    """Empty unless sampling would show the cases of the rarest of so many sides very often in an epoch.

    >>> repetition_warning(ImbalancePart(), 3, 300)
    ''
    """
    if part.sampling not in ("oversample", "hard_cases") or not rarest:
        return ""
    natural = rarest / n_images
    often = ((1 - part.sampling_strength) * natural + part.sampling_strength / sides) / natural
    if often <= MANY_REPEATS:
        return ""
    return (
        f"Oversampling shows each of the {rarest} rarest cases about {often:.0f} times an epoch; so much repetition is "
        "learned by heart. Lower imbalance.sampling_strength, or choose logit adjustment or class weights."
    )
