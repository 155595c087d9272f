"""The sections of a recipe: each field with its title, meaning, unit, default and bounds.

A form is generated from these (`learning.recipe.recipe_schema`), so descriptions are written for the researcher.
"""

from learning.recipe_parts.augmentation import AugmentationPart
from learning.recipe_parts.base import Part
from learning.recipe_parts.evaluation import EvaluationPart
from learning.recipe_parts.imbalance import ImbalancePart
from learning.recipe_parts.input import InputPart
from learning.recipe_parts.network import NetworkPart
from learning.recipe_parts.optimiser import OptimiserPart
from learning.recipe_parts.pseudolabels import PseudolabelsPart
from learning.recipe_parts.regularisation import RegularisationPart
from learning.recipe_parts.start import StartPart
from learning.recipe_parts.targets import TargetsPart
from learning.recipe_parts.tuning import TuningPart

__all__ = [
    "AugmentationPart",
    "EvaluationPart",
    "ImbalancePart",
    "InputPart",
    "NetworkPart",
    "OptimiserPart",
    "Part",
    "PseudolabelsPart",
    "RegularisationPart",
    "StartPart",
    "TargetsPart",
    "TuningPart",
]
