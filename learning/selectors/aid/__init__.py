"""What suggestions do to readers: aided against unaided readings of one list, and the second look's net benefit."""

from learning.selectors.aid.bias import Arm, Bias, Contrast, automation_bias
from learning.selectors.aid.second_look import SecondLookBenefit, second_look_benefit

__all__ = ["Arm", "Bias", "Contrast", "SecondLookBenefit", "automation_bias", "second_look_benefit"]
