"""Alterations that combine the images of a batch and their answers."""

import numpy as np
import torch

from learning.recipe import Recipe

Mixed = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def mix(
    batch: torch.Tensor,
    targets: torch.Tensor,
    weights: torch.Tensor,
    recipe: Recipe,
    *,
    generator: torch.Generator,
) -> Mixed:
    """The batch with its targets and weights as the recipe mixes them; unchanged, and no number drawn, by default.

    Each case takes a share of a partner: the smaller part of a draw from Beta(a, a), so that a case stays mostly itself
    and the knob at 0 is the plain training. With mixup and cutmix, a coin decides for the whole batch.
    """
    part = recipe.augmentation
    if part.mixup == 0 and part.cutmix == 0:
        return batch, targets, weights
    own = np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))
    cuts = part.cutmix > 0 and (part.mixup == 0 or own.random() < 0.5)
    n = len(batch)
    knob = part.cutmix if cuts else part.mixup
    share = own.beta(knob, knob, size=n)
    partner = torch.from_numpy(own.permutation(n)).to(batch.device)
    drawn = torch.from_numpy(np.minimum(share, 1 - share)).to(batch.device, batch.dtype)
    mixed, taken = pasted(batch, partner, drawn, own) if cuts else blended(batch, partner, drawn)
    return mixed, *shared_answers(targets, weights, partner, taken)


def blended(batch: torch.Tensor, partner: torch.Tensor, share: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Each case with its share of the partner's pixels (mixup); B shares of 0 give the batch itself, bit for bit."""
    factor = share.reshape(-1, *[1] * (batch.ndim - 1))
    return batch + factor * (batch[partner] - batch), share


def pasted(
    batch: torch.Tensor, partner: torch.Tensor, share: torch.Tensor, own: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Each case with a rectangle of the partner's, of its shape and about its share of the area (CutMix).

    The rectangle goes through all planes of a case. Gives the share of the area that it really has.
    """
    rows, columns = batch.shape[-2:]
    side = share.cpu().double().sqrt().numpy()
    tall, wide = np.round(side * rows).astype(int), np.round(side * columns).astype(int)
    top, left = (own.random(len(batch)) * (rows - tall + 1)), (own.random(len(batch)) * (columns - wide + 1))
    y, x = np.arange(rows)[None, :, None], np.arange(columns)[None, None, :]
    first, start = np.floor(top).astype(int)[:, None, None], np.floor(left).astype(int)[:, None, None]
    inside = (y >= first) & (y < first + tall[:, None, None]) & (x >= start) & (x < start + wide[:, None, None])
    mask = torch.from_numpy(inside).to(batch.device).reshape(len(batch), *[1] * (batch.ndim - 3), rows, columns)
    area = torch.from_numpy(tall * wide / (rows * columns)).to(batch.device, batch.dtype)
    return torch.where(mask, batch[partner], batch), area


def shared_answers(
    targets: torch.Tensor, weights: torch.Tensor, partner: torch.Tensor, share: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Targets and weights that make the loss (1 - share) x own loss + share x the partner's, whatever is unknown.

    An answer known of one image alone counts with that image's share; B x F in and out.
    """
    theirs, of_theirs = targets[partner], weights[partner]
    mine = (1 - share)[:, None] * weights * ~torch.isnan(targets)
    other = share[:, None] * of_theirs * ~torch.isnan(theirs)
    total = mine + other
    blend = (mine * torch.nan_to_num(targets) + other * torch.nan_to_num(theirs)) / total.clamp_min(1e-12)
    only_own = other == 0
    answers = torch.where(only_own, targets, torch.where(total > 0, blend, torch.nan))
    return answers, torch.where(only_own, (1 - share)[:, None] * weights, total)
