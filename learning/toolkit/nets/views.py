"""Several views of one case through one 2-D network, combined into one embedding (multi-view and slice encoders)."""

import math
from collections.abc import Callable
from functools import partial
from typing import Literal

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from learning.toolkit.nets.backbone import Backbone, Through

Combine = Literal["mean", "max", "attention", "gru"]
_HIDDEN = 64


def place_code(views: int, width: int) -> torch.Tensor:
    """V x width sines and cosines of the place in the sequence (Vaswani et al. 2017), over 0 to 1 of its length."""
    place = torch.linspace(0, 1, views)[:, None] if views > 1 else torch.zeros(1, 1)
    rates = math.pi * 2.0 ** torch.arange(width // 2)
    return torch.cat([torch.sin(place * rates), torch.cos(place * rates)], dim=1)


class Mean(nn.Module):
    """The mean embedding; with a linear head, the mean logit."""

    def forward(self, views: torch.Tensor, present: torch.Tensor | None = None) -> torch.Tensor:
        """B x V x width (and B x V, which are there) to B x width."""
        if present is None:
            return views.mean(dim=1)
        there = present[..., None].to(views)
        return (views * there).sum(dim=1) / there.sum(dim=1).clamp_min(1)


class Max(nn.Module):
    """The largest value of each feature over the views."""

    def forward(self, views: torch.Tensor, present: torch.Tensor | None = None) -> torch.Tensor:
        """B x V x width (and B x V, which are there) to B x width."""
        if present is None:
            return views.amax(dim=1)
        return views.masked_fill(~present[..., None], -torch.inf).amax(dim=1)


class Attention(nn.Module):
    """Gated attention over views (Ilse, Tomczak and Welling 2018), each joined with its place in the sequence.

    Feature and place meet in a hidden layer before they are weighed, so that the sum can tell which came first.
    """

    PLACES = 8

    def __init__(self, width: int) -> None:
        super().__init__()
        self.join = nn.Linear(width + self.PLACES, width)
        self.value = nn.Linear(width, _HIDDEN)
        self.gate = nn.Linear(width, _HIDDEN)
        self.score = nn.Linear(_HIDDEN, 1)

    def forward(self, views: torch.Tensor, present: torch.Tensor | None = None) -> torch.Tensor:
        """B x V x width (and B x V, which are there) to B x width."""
        joined = self.joined(views)
        return (self.weights(joined, present) * joined).sum(dim=1)

    def joined(self, views: torch.Tensor) -> torch.Tensor:
        """Each view's features with its place in them."""
        place = place_code(views.shape[1], self.PLACES).to(views)
        of_place, of_features = self.join.weight[:, -self.PLACES :], self.join.weight[:, : -self.PLACES]
        return F.relu(F.linear(views, of_features, self.join.bias) + F.linear(place, of_place))

    def weights(self, joined: torch.Tensor, present: torch.Tensor | None = None) -> torch.Tensor:
        """B x V x 1, summing to 1 over the views that are there."""
        score = self.score(torch.tanh(self.value(joined)) * torch.sigmoid(self.gate(joined)))
        if present is not None:
            score = score.masked_fill(~present[..., None], -torch.inf)
        return torch.softmax(score, dim=1)


class Recurrent(nn.Module):
    """A gated recurrent unit over the views in both directions; its last states are the embedding."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.gru = nn.GRU(width, width // 2, batch_first=True, bidirectional=True)

    def forward(self, views: torch.Tensor, present: torch.Tensor | None = None) -> torch.Tensor:
        """B x V x width (and B x V, which are there) to B x width; absent views are passed over."""
        sequence = self.norm(views)
        if present is None:
            last = self.gru(sequence)[1]
        else:
            first = torch.argsort((~present).to(torch.uint8), dim=1, stable=True)
            sequence = sequence.gather(1, first[..., None].expand_as(sequence))
            lengths = present.sum(dim=1).clamp_min(1).cpu()
            last = self.gru(pack_padded_sequence(sequence, lengths, batch_first=True, enforce_sorted=False))[1]
        return torch.cat([last[0], last[1]], dim=1)


class Bag(nn.Module):
    """`encoder` over each view, then `combine` over the views; with `absent`, a view of not-a-number is no view."""

    def __init__(self, encoder: nn.Module, combine: nn.Module, *, absent: bool = False) -> None:
        super().__init__()
        self.encoder = encoder
        self.combine = combine
        self.absent = absent

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """B x V x C x H x W to B x width."""
        present = None
        if self.absent:
            present = _present(x)
            x = x.nan_to_num()
        embedded: torch.Tensor = self.encoder(flat_views(x))
        combined: torch.Tensor = self.combine(_by_case(embedded, x.shape), present)
        return combined


def _present(x: torch.Tensor) -> torch.Tensor:
    """B x V; a case of which no view is there counts as if all were, all empty."""
    present = ~x.flatten(2).isnan().any(dim=2)
    return present | ~present.any(dim=1, keepdim=True)


_COMBINE: dict[Combine, Callable[[int], nn.Module]] = {
    "mean": lambda width: Mean(),
    "max": lambda width: Max(),
    "attention": Attention,
    "gru": Recurrent,
}


def flat_views(x: torch.Tensor) -> torch.Tensor:
    """B x V x C x H x W to BV x C x H x W."""
    return x.flatten(0, 1).contiguous(memory_format=torch.channels_last)


def _by_case(views: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """BV x … to B x V x …"""
    return views.reshape(*shape[:2], *views.shape[1:])


def bag_of(planar: Backbone, how: Combine, *, absent: bool = False) -> Backbone:
    """The 2-D backbone as one that takes B x V x C x H x W; what combines the views is in no stage."""
    return Backbone(
        Bag(planar.module, _COMBINE[how](planar.width), absent=absent),
        planar.width,
        planar.stages,
        None if planar.maps is None else partial(_maps, planar.maps),
        None if planar.pool is None else partial(_pool, planar.pool),
    )


def _maps(inner: Through, module: nn.Module, x: torch.Tensor) -> torch.Tensor:
    assert isinstance(module, Bag)
    return _by_case(inner(module.encoder, flat_views(x.nan_to_num())), x.shape)


def _pool(inner: Through, module: nn.Module, maps: torch.Tensor) -> torch.Tensor:
    assert isinstance(module, Bag)
    combined: torch.Tensor = module.combine(_by_case(inner(module.encoder, maps.flatten(0, 1)), maps.shape))
    return combined
