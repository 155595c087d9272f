"""Which labelled rows an epoch visits, in which order."""

from typing import Any, Protocol

import numpy as np
import torch

from learning.recipe import Recipe
from learning.toolkit.data import Indices
from learning.toolkit.sides import Sides


class Sampler(Protocol):
    """Gives the rows of each epoch: as many as there are labelled rows, so that all samplers take equal steps.

    hears_training  whether `hear` wants the answers to training rows.
    """

    hears_training: bool

    def order(self, generator: np.random.Generator) -> Indices:
        """Rows of the next epoch, in order; some may come several times and others not at all."""

    def hear(self, rows: Indices, logits: torch.Tensor) -> None:
        """Hear how training rows were answered, before the step that learns from them."""

    def learn(self, logits: torch.Tensor, targets: torch.Tensor) -> None:
        """Hear how the validation cases were answered at the end of an epoch."""

    def state(self) -> dict[str, Any]:
        """What a resumed run must know, JSON-ready."""

    def restore(self, state: dict[str, Any]) -> None:
        """Continue where `state` was taken."""


class Permutation:
    """Every row once, shuffled."""

    hears_training = False

    def __init__(self, n: int) -> None:
        self.n = n

    def order(self, generator: np.random.Generator) -> Indices:
        """See `Sampler`."""
        return generator.permutation(self.n)

    def hear(self, rows: Indices, logits: torch.Tensor) -> None:
        """Nothing changes with the answers."""

    def learn(self, logits: torch.Tensor, targets: torch.Tensor) -> None:
        """Nothing changes with the answers."""

    def state(self) -> dict[str, Any]:
        """Nothing to know."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Nothing to know."""


class Balanced(Permutation):
    """Rows by the rarest side they show (`Sides`), each side as often as the others; within a side at random.

    strength  0: every row once, in the order that a permutation gives; 1: sides equally often.
    """

    def __init__(self, sides: Sides, strength: float) -> None:
        super().__init__(sides.n)
        self.sides = sides
        self.strength = strength

    def order(self, generator: np.random.Generator) -> Indices:
        """See `Sampler`."""
        plain = generator.permutation(self.n)
        own = np.random.default_rng(plain[:64])  # so that the stream is left as a permutation leaves it
        quotas = _whole(self.quotas(), own)
        picked = [
            self.pick(plain[self.sides.group[plain] == group], quota, own) for group, quota in enumerate(quotas)
        ]
        rows = np.concatenate(picked)
        if len(rows) == self.n and np.array_equal(np.sort(rows), np.arange(self.n)):
            return plain
        return own.permutation(rows)

    def quotas(self) -> Any:
        """Rows of each side in an epoch, in fractions; together as many as there are rows."""
        shares = self.shares()
        natural = self.sides.sizes.astype(np.float64)
        return (1 - self.strength) * natural + self.strength * self.n * shares / shares.sum()

    def shares(self) -> Any:
        """How often each side is wanted; rows without an answer are not."""
        return ((self.sides.sizes > 0) & self.sides.told).astype(np.float64)

    def pick(self, queue: Indices, quota: int, own: np.random.Generator) -> Indices:
        """`quota` rows of a shuffled queue, from its head again once it has ended."""
        return np.resize(queue, quota) if len(queue) else queue[:0]


class Undersampled(Permutation):
    """Of each side as many rows as the rarest one has, the same ones in every epoch; they come round several times."""

    def __init__(self, sides: Sides, strength: float, seed: int) -> None:
        super().__init__(sides.n)
        wanted = sides.sizes[(sides.sizes > 0) & sides.told]
        least = wanted.min() if len(wanted) else 0
        own = np.random.default_rng([seed, 6])
        kept = []
        for group, size in enumerate(sides.sizes):
            aim = least if sides.told[group] else 0
            keep = round(size - strength * max(0, size - aim))
            kept.append(own.permutation(np.flatnonzero(sides.group == group))[:keep])
        self.kept = np.sort(np.concatenate(kept))

    def order(self, generator: np.random.Generator) -> Indices:
        """See `Sampler`."""
        plain = generator.permutation(self.n)
        kept = plain[np.isin(plain, self.kept)]
        if len(kept) == self.n:
            return plain
        own = np.random.default_rng(plain[:64])
        rounds = [kept, *(own.permutation(self.kept) for _ in range(self.n // len(kept)))]
        return np.concatenate(rounds)[: self.n]


class HardCases(Balanced):
    """Sides equally often; what is drawn again within a side is what the network got wrong when it last saw it.

    The chance of a row is its error |p - t|, the mean over its assessed findings; one not yet seen counts 1/2.
    """

    hears_training = True

    def __init__(self, sides: Sides, strength: float, targets: torch.Tensor) -> None:
        super().__init__(sides, strength)
        self.targets = targets.cpu().double().numpy()
        self.errors = np.full(self.n, 0.5)

    def hear(self, rows: Indices, logits: torch.Tensor) -> None:
        """See `Sampler`."""
        logits = logits.detach().float()
        p = torch.softmax(logits, dim=1) if self.sides.exclusive else torch.sigmoid(logits)
        gaps = np.abs(p.cpu().double().numpy() - self.targets[rows])
        known = ~np.isnan(gaps)
        some = known.any(axis=1)
        mean = np.where(known, gaps, 0).sum(axis=1)[some] / known.sum(axis=1)[some]
        self.errors[rows[some]] = np.round(mean, 6)

    def pick(self, queue: Indices, quota: int, own: np.random.Generator) -> Indices:
        """Every row once and the rest by their errors; where not all can be had, by their errors alone."""
        if not len(queue):
            return queue
        chance = self.errors[queue] + 1e-3
        chance /= chance.sum()
        if quota < len(queue):
            return own.choice(queue, quota, replace=False, p=chance)
        return np.concatenate([queue, own.choice(queue, quota - len(queue), p=chance)])

    def state(self) -> dict[str, Any]:
        """See `Sampler`."""
        return {"errors": self.errors.tolist()}

    def restore(self, state: dict[str, Any]) -> None:
        """See `Sampler`."""
        self.errors = np.array(state["errors"])


class Dynamic(Balanced):
    """Each side in proportion to 1 - F1 on the validation cases of the last epoch (Pouyanfar et al. 2018).

    Sides are equally frequent in the first epoch, and where there is no validation case.
    """

    _LEAST = 0.05  # of a side that is answered without error, lest it be forgotten

    def __init__(self, sides: Sides, strength: float) -> None:
        super().__init__(sides, strength)
        self.f1 = np.zeros(len(sides.sizes))

    def shares(self) -> Any:
        """See `Balanced`."""
        return super().shares() * (1 - self.f1 + self._LEAST)

    def learn(self, logits: torch.Tensor, targets: torch.Tensor) -> None:
        """See `Sampler`."""
        self.f1 = self.sides.f1(logits.detach().float().cpu().numpy(), targets.cpu().numpy())

    def state(self) -> dict[str, Any]:
        """See `Sampler`."""
        return {"f1": self.f1.tolist()}

    def restore(self, state: dict[str, Any]) -> None:
        """See `Sampler`."""
        self.f1 = np.array(state["f1"])


def make_sampler(recipe: Recipe, targets: torch.Tensor, weights: torch.Tensor) -> Sampler:
    """The recipe's sampler for labelled rows with these N x F targets and weights."""
    part = recipe.imbalance
    if part.sampling == "none":
        return Permutation(len(targets))
    sides = Sides.of(targets, weights, exclusive=recipe.targets.kind == "multiclass")
    if part.sampling == "undersample":
        return Undersampled(sides, part.sampling_strength, recipe.seed)
    if part.sampling == "hard_cases":
        return HardCases(sides, part.sampling_strength, targets)
    if part.sampling == "dynamic":
        return Dynamic(sides, part.sampling_strength)
    return Balanced(sides, part.sampling_strength)


def shown(recipe: Recipe, targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """N, how often the recipe's sampler shows each row in an epoch, on average and before it has heard any answer."""
    sampler = make_sampler(recipe, targets, weights)
    if isinstance(sampler, Undersampled):
        often = np.isin(np.arange(sampler.n), sampler.kept) * (sampler.n / len(sampler.kept))
    elif isinstance(sampler, Balanced):
        often = (sampler.quotas() / np.maximum(1, sampler.sides.sizes))[sampler.sides.group]
    else:
        often = np.ones(len(targets))
    return torch.from_numpy(np.asarray(often)).to(targets.device)


def _whole(quotas: Any, own: np.random.Generator) -> list[int]:
    """Whole numbers with the same sum; which are rounded up is drawn, in proportion to what is cut off."""
    floors = np.floor(quotas + 1e-7)
    cut = np.clip(quotas - floors, 0, None)
    missing = round(float(quotas.sum() - floors.sum()))
    if missing > 0:
        ups = own.choice(len(quotas), missing, replace=False, p=cut / cut.sum())
        floors[ups] += 1
    return [int(n) for n in floors]
