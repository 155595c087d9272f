"""What sections of a recipe demand of each other. Pure: a form can say it before anything runs."""

from learning.recipe_parts.families import FAMILIES, family_of
from learning.recipe_parts.input import InputPart
from learning.recipe_parts.network import HAND_CRAFTED, VOLUMETRIC, NetworkPart
from learning.recipe_parts.start import StartPart
from learning.recipe_parts.tuning import TuningPart


def check_start(input: InputPart, start: StartPart, network: NetworkPart, tuning: TuningPart) -> None:
    """Raises ValueError when the network cannot start or be tuned so, or would see images scaled as nobody trained it.

    >>> check_start(InputPart(), StartPart(), NetworkPart(), TuningPart())
    """
    if (network.name in VOLUMETRIC) != (input.volume == "3d"):
        raise ValueError(
            f"input.volume {input.volume!r} and network.name {network.name!r} do not fit: '3d' needs one of "
            f"{', '.join(VOLUMETRIC)}, and these need '3d'"
        )
    if network.name in HAND_CRAFTED:
        if tuning.kind != "frozen":
            raise ValueError(f"network.name {network.name!r} has no weights to train; choose tuning.kind 'frozen'")
        if start.kind != "scratch":
            raise ValueError(f"network.name {network.name!r} has no weights to load; choose start.kind 'scratch'")
        if input.normalise in {family.normalise for family in FAMILIES.values() if family.normalise}:
            raise ValueError(
                f"network.name {network.name!r} has no publisher whose scaling it needs; set input.normalise to "
                "'percentile'"
            )
    if tuning.kind == "frozen" and input.is_bag and input.combine in ("attention", "gru"):
        raise ValueError(
            f"input.combine {input.combine!r} has weights to learn, but tuning.kind 'frozen' trains none below the "
            "head; choose input.combine mean or max"
        )
    if start.kind != "weights":
        return
    family = FAMILIES[family_of(start.weights)]
    if network.name not in family.networks:
        raise ValueError(
            f"start.weights {start.weights!r} come for {', '.join(family.networks)}, not for network.name "
            f"{network.name!r}; choose one of these"
        )
    if family.normalise and input.normalise != family.normalise:
        raise ValueError(
            f"start.weights {start.weights!r} were trained on images scaled as input.normalise "
            f"'{family.normalise}'; with '{input.normalise}' they see something else. Set input.normalise to "
            f"'{family.normalise}'"
        )
