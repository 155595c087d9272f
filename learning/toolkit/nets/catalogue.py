"""Networks by the name that a recipe gives them."""

from collections.abc import Callable

from learning.recipe_parts import InputPart
from learning.toolkit.nets.backbone import Backbone
from learning.toolkit.nets.densenet import densenet121
from learning.toolkit.nets.resnet import resnet18
from learning.toolkit.nets.small_cnn import small_cnn

NETWORKS: dict[str, Callable[[InputPart], Backbone]] = {
    "small_cnn": small_cnn,
    "resnet18": resnet18,
    "densenet121": densenet121,
}
