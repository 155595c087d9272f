"""Networks by name; each gives an embedding (`features`) and one logit per finding (`forward`)."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from learning.recipe import Recipe
from learning.recipe_parts import InputPart

Backbone = tuple[nn.Module, int]


class Network(nn.Module):
    """A backbone with a linear head.

    input     what it expects: size, channels, normalisation.
    findings  codes of the logits, in order.
    """

    def __init__(
        self, name: str, findings: tuple[str, ...], input: InputPart, *, dropout_hidden: float, dropout_input: float
    ) -> None:
        super().__init__()
        self.name = name
        self.findings = findings
        self.input = input
        self.dropout_hidden = dropout_hidden
        self.dropout_input = dropout_input
        self.backbone, self.width = NETWORKS[name](input.channels)
        self.head = nn.Linear(self.width, len(findings))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """B x C x H x W to the embedding, B x width."""
        embedding: torch.Tensor = self.backbone(F.dropout(x, self.dropout_input, self.training))
        return embedding

    def classify(self, embedding: torch.Tensor) -> torch.Tensor:
        """B x width to B x F logits."""
        logits: torch.Tensor = self.head(F.dropout(embedding, self.dropout_hidden, self.training))
        return logits

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """B x C x H x W to B x F logits."""
        return self.classify(self.features(x))


class _Surroundings(nn.Module):
    """Adds what a dilated separable convolution sees around each place to what is seen there."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=2, dilation=2, groups=width, bias=False),
            nn.Conv2d(width, width, 1, bias=False),
            nn.GroupNorm(8, width),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.layers(x))


class SmallCNN(nn.Module):
    """Convolutions of 16, 32 and 64 maps and a dilated separable one, then mean and maximum of each map.

    The first stride and the dilation let a unit see two thirds of a 96 px image, as a heart's width needs; the
    maximum keeps a small lesion visible that the mean would dilute; group normalisation bears small batches.
    About 28 thousand parameters; the maps have an eighth of the input's side.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, 16, 5, stride=2, padding=2, bias=False),
            nn.MaxPool2d(2),  # before the norm: a quarter of its work
            nn.GroupNorm(8, 16),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1, bias=False),
            nn.MaxPool2d(2),
            nn.GroupNorm(8, 32),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, padding=1, bias=False),
            nn.GroupNorm(8, 64),
            nn.ReLU(),
            _Surroundings(64),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        maps = self.layers(x)
        return torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))], dim=1)


class _DenseFeatures(nn.Module):
    """The feature maps of a DenseNet, averaged over the image."""

    def __init__(self, maps: nn.Module) -> None:
        super().__init__()
        self.maps = maps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.maps(x)).mean(dim=(2, 3))


def _small_cnn(channels: int) -> Backbone:
    return SmallCNN(channels), 128


def _resnet18(channels: int) -> Backbone:
    from monai.networks.nets.resnet import resnet18  # five seconds and 400 MB, only for those who need it

    # MONAI's default first stride of 1 costs 3.7 times as much
    net = resnet18(spatial_dims=2, n_input_channels=channels, conv1_t_stride=2, feed_forward=False)
    return net, 512


def _densenet121(channels: int) -> Backbone:
    from monai.networks.nets.densenet import DenseNet121

    net = DenseNet121(spatial_dims=2, in_channels=channels, out_channels=1)
    return _DenseFeatures(net.features), 1024


NETWORKS: dict[str, Callable[[int], Backbone]] = {
    "small_cnn": _small_cnn,
    "resnet18": _resnet18,
    "densenet121": _densenet121,
}


def build_network(recipe: Recipe, findings: tuple[str, ...], *, seed: int) -> Network:
    """A fresh network for `findings`; weights depend on `seed` alone, the global random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = Network(
            recipe.network.name,
            findings,
            recipe.input,
            dropout_hidden=recipe.regularisation.dropout_hidden,
            dropout_input=recipe.regularisation.dropout_input,
        )
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]
