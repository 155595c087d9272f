"""C3 and C6: what chance, and what brightness alone, achieve in the same run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from learning.recipe import Recipe
from learning.toolkit.baselines import predict_baseline
from learning.toolkit.data import Examples
from learning.toolkit.evaluation import Evaluation, evaluate

LEAST_SEEDS = 5


@dataclass(frozen=True, slots=True)
class PairedSeeds:
    """C3: a strategy and its baseline, run with the same seeds."""

    strategy: tuple[float, ...]
    baseline: tuple[float, ...]

    @property
    def differences(self) -> Any:
        """Strategy minus baseline, per seed."""
        return np.subtract(self.strategy, self.baseline)

    def interval(self, *, seed: int = 0, replicates: int = 2000) -> tuple[float, float]:
        """95 % bootstrap interval of the mean difference, drawing seeds."""
        draws = np.random.default_rng(seed).integers(len(self.strategy), size=(replicates, len(self.strategy)))
        low, high = np.quantile(self.differences[draws].mean(axis=1), [0.025, 0.975])
        return float(low), float(high)

    @property
    def sentence(self) -> str:
        """Means, standard deviations and the interval; never the best of anything."""
        low, high = self.interval()
        a, b = np.mean(self.strategy), np.mean(self.baseline)
        spread, other = np.std(self.strategy, ddof=1), np.std(self.baseline, ddof=1)
        return (
            f"{a:.3f} ± {spread:.3f} against {b:.3f} ± {other:.3f} at random over {len(self.strategy)} paired seeds; "
            f"difference {a - b:+.3f} ({low:+.3f} to {high:+.3f})"
        )


def against_random(
    strategy: Callable[[int], float], baseline: Callable[[int], float], *, seeds: Sequence[int]
) -> PairedSeeds:
    """C3: run both with each seed. Raises ValueError with fewer than 5 seeds."""
    if len(set(seeds)) < LEAST_SEEDS:
        raise ValueError(
            f"A comparison with chance needs at least {LEAST_SEEDS} different seeds, not {len(set(seeds))}."
        )
    return PairedSeeds(tuple(strategy(s) for s in seeds), tuple(baseline(s) for s in seeds))


def trivial_baseline(train: Examples, test: Examples, recipe: Recipe) -> Evaluation:
    """C6: what brightness alone achieves on the same cases."""
    p = predict_baseline("trivial", train, test.images, recipe.input)
    return evaluate(p, test.targets, findings=test.findings, patients=test.patients, replicates=200)
