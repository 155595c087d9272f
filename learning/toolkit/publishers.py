"""Publishers' names of weights → ours, family by family.

The names are held to the publishers' own source by tables of keys and shapes (tests/golden/weights).
"""

import re
from collections.abc import Mapping

import torch

from learning.recipe_parts.families import FAMILIES, family_of
from learning.toolkit.weights_file import Tensors

# torchvision's densenet121 file of 2017 writes `norm.1`; its source has `norm1` since and renames when it loads
_OLD_DENSE = re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12])\.(weight|bias|running_mean|running_var)$")
_DENSE_LAYER = re.compile(r"^(.*denselayer\d+)\.((?:norm|conv)[12]\..*)$")
# RadImageNet keeps torchvision's layers in a sequence and so by number
_NUMBERED = {"0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4"}


def our_names(found: Tensors, weights: str, network: str) -> Tensors:
    """The publisher's tensors under our backbone's names, without `backbone.`; those of its own head as they are.

    weights  FAMILY/NAME as in the recipe.

    >>> table = {"features.denseblock1.denselayer1.norm1.weight": torch.zeros(64)}
    >>> list(our_names(table, "imagenet/densenet121", "densenet121"))
    ['maps.denseblock1.denselayer1.layers.norm1.weight']
    """
    family = family_of(weights)
    rename = _dense if network.startswith("densenet") else _residual
    return {rename(name, family): tensor for name, tensor in found.items()}


def _dense(name: str, family: str) -> str:
    if family == "radimagenet":
        name = re.sub(r"^(?:backbone\.)?(?:0|features)\.", "features.", name)
    match = _OLD_DENSE.match(name)
    if match:
        name = f"{match[1]}{match[2]}.{match[3]}"
    if not name.startswith("features."):
        return name
    name = "maps." + name.removeprefix("features.")
    match = _DENSE_LAYER.match(name)
    return f"{match[1]}.layers.{match[2]}" if match and ".layers." not in name else name


def _residual(name: str, family: str) -> str:
    if family != "radimagenet":
        return name
    number, dot, rest = name.removeprefix("backbone.").partition(".")
    return _NUMBERED[number] + dot + rest if number in _NUMBERED else name


def fit_channels(given: torch.Tensor, own: torch.Size) -> torch.Tensor:
    """A first convolution for other numbers of channels: the kernel's sum over its channels, spread over ours.

    On one grey channel that gives what the given kernel gives on the same grey repeated.

    >>> fit_channels(torch.ones(8, 3, 7, 7), torch.Size((8, 1, 7, 7)))[0, 0, 0, 0].item()
    3.0
    """
    total = given.sum(dim=1, keepdim=True) / own[1]
    return total.expand(own).clone()


def is_first_layer(given: torch.Size, own: torch.Size) -> bool:
    """Whether two kernels differ in their input channels alone, as those of a first layer may."""
    return len(given) == len(own) >= 4 and given[0] == own[0] and given[2:] == own[2:] and given[1] in (1, 3)


def absent_biases(own: Mapping[str, torch.Tensor], given: Tensors) -> Tensors:
    """Zeros for biases that our shortcuts have and the publisher's lack: before a normalisation they are nothing."""
    return {
        name: torch.zeros_like(tensor)
        for name, tensor in own.items()
        if name.endswith("downsample.0.bias") and name not in given and name.replace(".bias", ".weight") in given
    }


def scaling_of(weights: str) -> str:
    """The `input.normalise` that these weights were trained with; empty where they do not say."""
    return FAMILIES[family_of(weights)].normalise
