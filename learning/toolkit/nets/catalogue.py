"""Networks by the name that a recipe gives them."""

from collections.abc import Callable

from learning.recipe_parts import InputPart
from learning.toolkit.nets.backbone import Backbone
from learning.toolkit.nets.densenet import densenet121
from learning.toolkit.nets.handcrafted import histogram, hog, lbp, radiomics
from learning.toolkit.nets.resnet import resnet18, resnet50
from learning.toolkit.nets.resnet3d import resnet10_3d, resnet18_3d, resnet34_3d, resnet50_3d
from learning.toolkit.nets.small_cnn import small_cnn
from learning.toolkit.nets.small_cnn3d import small_cnn3d
from learning.toolkit.nets.views import bag_of

NETWORKS: dict[str, Callable[[InputPart], Backbone]] = {
    "small_cnn": small_cnn,
    "resnet18": resnet18,
    "resnet50": resnet50,
    "densenet121": densenet121,
    "small_cnn3d": small_cnn3d,
    "resnet10_3d": resnet10_3d,
    "resnet18_3d": resnet18_3d,
    "resnet34_3d": resnet34_3d,
    "resnet50_3d": resnet50_3d,
    "histogram": histogram,
    "hog": hog,
    "lbp": lbp,
    "radiomics": radiomics,
}


def make_backbone(name: str, input: InputPart) -> Backbone:
    """The named network as the recipe's input needs it: as it is, or over each of several views."""
    backbone = NETWORKS[name](input)
    return bag_of(backbone, input.combine, absent=input.volume == "views") if input.is_bag else backbone
