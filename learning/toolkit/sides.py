"""Rows by the rarest answer they hold, so that sampling has classes also where findings occur together."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import torch

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sides:
    """Each row belongs to one side of one finding: of those it shows, the one with the fewest rows.

    With one finding these are its absent and its present rows; with classes that exclude each other, the classes.

    group      N, number of the row's side: 2 f for absent and 2 f + 1 for present of finding f; the last number is for
               rows without an answer that counts.
    sizes      rows of each side.
    told       false for the last one.
    exclusive  the columns are classes, so only their present sides count.
    """

    group: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    told: npt.NDArray[np.bool_]
    exclusive: bool

    @classmethod
    def of(cls, targets: torch.Tensor, weights: torch.Tensor, *, exclusive: bool) -> Self:
        """From N x F targets and weights; a soft target belongs to the nearer side, 0.5 to present."""
        t, counts = targets.cpu().double().numpy(), weights.cpu().numpy() > 0
        shows = _shows(t, exclusive) & np.repeat(counts, 2, axis=1)
        frequency = np.where(shows, shows.sum(axis=0), len(t) + 1)
        last = shows.shape[1]
        group = np.where(shows.any(axis=1), frequency.argmin(axis=1), last)
        return cls(group, np.bincount(group, minlength=last + 1), np.arange(last + 1) < last, exclusive)

    @property
    def n(self) -> int:
        """Rows in all."""
        return len(self.group)

    @property
    def told_sizes(self) -> list[int]:
        """Rows of each side that has any."""
        return [int(size) for size, told in zip(self.sizes, self.told, strict=True) if told and size]

    def f1(self, logits: npt.ArrayLike, targets: npt.ArrayLike) -> Numbers:
        """F1 of each side on M x F logits and targets, present from a probability of 1/2; 0 where it is undefined."""
        z, t = np.asarray(logits, dtype=np.float64), np.asarray(targets, dtype=np.float64)
        guess = np.eye(z.shape[1])[z.argmax(axis=1)] if self.exclusive else (z >= 0).astype(np.float64)
        truth, said = _shows(t, self.exclusive), _shows(np.where(np.isnan(t), np.nan, guess), self.exclusive)
        right, wrong = (truth & said).sum(axis=0), (truth ^ said).sum(axis=0)
        return np.append(np.where(right > 0, 2 * right / np.maximum(1, 2 * right + wrong), 0.0), 0.0)


def _shows(targets: Numbers, exclusive: bool) -> npt.NDArray[np.bool_]:
    """N x 2 F: whether a row shows the absent and the present side of each finding."""
    absent, present = (targets < 0.5) & (not exclusive), targets >= 0.5
    return np.stack([absent, present], axis=2).reshape(len(targets), -1)
