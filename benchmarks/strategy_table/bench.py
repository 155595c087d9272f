"""What an effect has at hand: phantoms, a training of equal length for both arms, predictions."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.strategy_table.paired import Paired
from imaging.phantoms import FINDINGS
from imaging.phantoms.batch import image_batch
from learning.recipe import Recipe, load_recipe
from learning.toolkit.data import Examples
from learning.toolkit.nets import Network
from learning.toolkit.prediction import predict
from learning.toolkit.train import fit

Settings = Mapping[str, Any]
TRAIN_FROM, TEST_SEED = 0, 20_261_126
"""Training cases are drawn with the bench's seed, test cases always with this one."""

BASE: Settings = {
    "input": {"size": 64}, "augmentation": {"kind": "none"}, "imbalance": {"class_weights": "none"},
    "regularisation": {"dropout_hidden": 0.2}, "precision": "fp32",
    "optimiser": {"max_steps": 500, "patience": 0, "batch_size": 8, "learning_rate": 0.003, "keep": "last"},
}
"""Both arms, unless an effect says otherwise: 500 steps of 8 images, the last weights."""


@dataclass(frozen=True)
class Bench:
    """One seed of one effect."""

    seed: int

    def phantoms(
        self, *, train: int = 200, test: int = 300, findings: Sequence[str] = ("nodule", "effusion"),
        prevalence: Mapping[str, float] | None = None, size: int = 64,
    ) -> tuple[Examples, Examples]:
        """Training cases of this seed, and test cases that are the same in every seed; a phantom is a patient."""
        shares = tuple(sorted((prevalence or {}).items()))
        return (
            _cases(1000 + self.seed, train, size, tuple(findings), shares, f"train{self.seed}-"),
            _cases(TEST_SEED, test, size, tuple(findings), shares, "test-"),
        )

    def recipe(self, *changes: Settings) -> Recipe:
        """BASE with these sections changed, and this seed."""
        return load_recipe({**merged(BASE, *changes), "seed": self.seed})

    def train(self, settings: Settings, train: Examples, *, val: Examples | None = None, **how: Any) -> Network:
        """A network by BASE with `settings`; `how` goes to `train.fit` (extra, init_state…)."""
        with tempfile.TemporaryDirectory(prefix="radloop-effect-") as folder:
            return fit(train, val, self.recipe(settings), workdir=Path(folder), device="cpu", **how).model

    def ask(self, model: Network, test: Examples) -> npt.NDArray[np.float32]:
        """N x F probabilities."""
        return predict(model, test.images, device="cpu").probabilities

    def against(
        self, on: Settings, off: Settings | None = None, *, train: Examples, test: Examples, told: str = ""
    ) -> Paired:
        """A strategy that is a knob of the recipe: `on` against `off` (BASE), same cases, steps and seed."""
        tables = [self.ask(self.train(settings, train), test) for settings in (on, off or {})]
        return Paired.auroc(*tables, test, told=told)


@lru_cache(maxsize=8)
def _cases(
    seed: int, count: int, size: int, findings: tuple[str, ...], shares: tuple[tuple[str, float], ...], prefix: str
) -> Examples:
    images, labels = image_batch(seed=seed, start=0, count=count, size=size, prevalence=dict(shares) or None)
    columns = [FINDINGS.index(finding) for finding in findings]
    names = [f"{prefix}{n}" for n in range(count)]
    return Examples.of(images, labels[:, columns].astype(np.float32), patients=names, keys=names, findings=findings)


def merged(base: Settings, *changes: Settings) -> dict[str, Any]:
    """Sections of `changes` laid over those of `base`; later ones win.

    >>> merged({"input": {"size": 64}}, {"input": {"channels": 3}})
    {'input': {'size': 64, 'channels': 3}}
    """
    found = {name: dict(part) if isinstance(part, Mapping) else part for name, part in base.items()}
    for change in changes:
        for name, part in change.items():
            before = found.get(name)
            both = isinstance(part, Mapping) and isinstance(before, dict)
            found[name] = {**before, **part} if both else part  # type: ignore[dict-item]
    return found
