"""Controls that tell a working strategy from one that only looks like it. Used by tests and benchmarks.

Each gives a `Control`: did it hold, in a sentence with the figures.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from learning.recipe import Recipe
from learning.toolkit.baselines import predict_baseline
from learning.toolkit.data import Examples
from learning.toolkit.evaluate import Evaluation, evaluate
from learning.toolkit.predict import predict
from learning.toolkit.ranks import auroc
from learning.toolkit.reports import FitResult
from learning.toolkit.train import fit

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Control:
    """The outcome of one control."""

    name: str
    passed: bool
    sentence: str


class BudgetExceeded(RuntimeError):
    """A strategy asked for more labels than it was given (C4)."""


class Oracle:
    """Knows all answers, counts each row it reveals, and refuses beyond its budget (C4).

    >>> oracle = Oracle(np.array([[1.0], [0.0]]), budget=1)
    >>> oracle.read([1]).tolist(), oracle.spent
    ([[0.0]], 1)
    """

    def __init__(self, answers: Any, *, budget: int) -> None:
        self._answers = np.asarray(answers)
        self._budget = budget
        self._read: set[int] = set()

    @property
    def spent(self) -> int:
        """Rows read so far; a row read twice counts once."""
        return len(self._read)

    def read(self, rows: Sequence[int]) -> Any:
        """Answers to `rows`. Raises BudgetExceeded, and then reveals nothing."""
        after = self._read | {int(row) for row in rows}
        if len(after) > self._budget:
            raise BudgetExceeded(f"{len(after)} labels were asked for; the budget is {self._budget}.")
        self._read = after
        return self._answers[list(rows)]


def no_op(train: Examples, val: Examples, recipe: Recipe, extra: Examples, *, workdir: Path) -> Control:
    """C1: pseudolabels of weight 0 change nothing bit for bit, of 1e-9 almost nothing, and of 1 something."""

    def run(weight: float, pseudo: Examples | None, name: str) -> FitResult:
        part = recipe.pseudolabels.model_copy(update={"weight": weight})
        settings = recipe.model_copy(update={"pseudolabels": part})
        return fit(train, val, settings, workdir=workdir / name, extra=pseudo)

    plain, off = run(0.0, None, "plain"), run(0.0, extra, "off")
    tiny, on = run(_TINY, extra, "tiny"), run(1.0, extra, "on")
    norm = min(report.gradient_norms["pseudo"] for report in on.history)
    drift, moved = _distance(plain, tiny), _distance(plain, on)
    same = _distance(plain, off) == 0 and _metrics(plain) == _metrics(off)
    passed = same and drift < 1e-3 * moved and moved > 0 and norm > 0
    return Control(
        "C1 no-op",
        passed,
        f"off: {'identical' if same else 'different'}; weight 1e-9 moves the weights by {drift:.2g}, "
        f"weight 1 by {moved:.2g}; smallest gradient norm {norm:.2g}",
    )


Pipeline = Callable[[Examples, Examples], Any]


def shuffled_labels(train: Examples, test: Examples, pipeline: Pipeline, *, seed: int) -> Control:
    """C2: where labels mean nothing, the AUROC is 0.5 within 0.06, or within 3 standard errors on few cases.

    `pipeline` trains on its first argument and gives N x F probabilities for the images of its second, whose
    labels it must not read. Labels are shuffled in both: a model of noise may order the true labels either way
    by chance along one strong feature, so that the true ones would test nothing.
    """
    rng = np.random.default_rng(seed)
    blind, judge = _shuffled(train, rng), _shuffled(test, rng)
    p = pipeline(blind, judge)
    deviations = []
    for i in range(len(test.findings)):
        area, t = auroc(p[:, i], judge.targets[:, i]), judge.targets[:, i]
        if area is not None:
            n_pos, n_neg = int((t == 1).sum()), int((t == 0).sum())
            error = np.sqrt((n_pos + n_neg + 1) / (12 * n_pos * n_neg))
            deviations.append((abs(area - 0.5), max(0.06, 3 * error)))
    passed = bool(deviations) and all(gap <= allowed for gap, allowed in deviations)
    told = ", ".join(f"{gap:.3f} of {allowed:.3f} allowed" for gap, allowed in deviations)
    return Control("C2 shuffled labels", passed, f"AUROC differs from 0.5 by {told}")


def supervised(recipe: Recipe, *, workdir: Path) -> Pipeline:
    """The plain pipeline: train by `recipe` for all its epochs, then predict."""

    def run(train: Examples, test: Examples) -> Any:
        return predict(fit(train, None, recipe, workdir=workdir).model, test.images).probabilities

    return run


def _shuffled(examples: Examples, rng: np.random.Generator) -> Examples:
    order = rng.permutation(len(examples))
    return replace(examples, targets=examples.targets[order], weights=examples.weights[order])


@dataclass(frozen=True, slots=True)
class PairedSeeds:
    """C3: a strategy and its random baseline, run with the same seeds."""

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
        (a, b), (sa, sb) = (
            (np.mean(self.strategy), np.mean(self.baseline)),
            (
                np.std(self.strategy, ddof=1),
                np.std(self.baseline, ddof=1),
            ),
        )
        return (
            f"{a:.3f} ± {sa:.3f} against {b:.3f} ± {sb:.3f} at random over {len(self.strategy)} paired seeds; "
            f"difference {a - b:+.3f} ({low:+.3f} to {high:+.3f})"
        )


def against_random(
    strategy: Callable[[int], float], baseline: Callable[[int], float], *, seeds: Sequence[int]
) -> PairedSeeds:
    """C3: run both with each seed. Raises ValueError with fewer than 5 seeds."""
    if len(set(seeds)) < 5:
        raise ValueError(f"A comparison with chance needs at least 5 different seeds, not {len(set(seeds))}.")
    return PairedSeeds(tuple(strategy(s) for s in seeds), tuple(baseline(s) for s in seeds))


def leak_guard(parts: Mapping[str, Examples]) -> Control:
    """C5: no two parts share a patient, a key or an image's pixels."""
    found, names = [], list(parts)
    prints = {name: _contents(part) for name, part in parts.items()}
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            for kind in ("patients", "keys", "images"):
                shared = prints[first][kind] & prints[second][kind]
                if shared:
                    found.append(f"{first} and {second} share {len(shared)} {kind}")
    return Control("C5 leak guard", not found, "; ".join(found) or f"{', '.join(names)} share nothing")


def trivial_baseline(train: Examples, test: Examples, recipe: Recipe) -> Evaluation:
    """C6: what brightness alone achieves on the same cases."""
    p = predict_baseline("trivial", train, test.images, recipe.input)
    return evaluate(p, test.targets, findings=test.findings, patients=test.patients, replicates=200)


class _Killed(Exception):
    pass


def determinism_and_resume(
    train: Examples, val: Examples, recipe: Recipe, *, kill_at_batch: int, workdir: Path, extra: Examples | None = None
) -> Control:
    """C7: two runs are equal, and a run killed at a batch and resumed ends equal too, bit for bit."""
    first = fit(train, val, recipe, workdir=workdir / "first", extra=extra)
    again = fit(train, val, recipe, workdir=workdir / "again", extra=extra)
    batches = iter(range(kill_at_batch))

    def kill() -> bool:
        if next(batches, None) is None:
            raise _Killed
        return False

    killed = False
    try:
        fit(train, val, recipe, workdir=workdir / "killed", extra=extra, should_stop=kill)
    except _Killed:
        killed = True
    resumed = fit(train, val, recipe, workdir=workdir / "killed", extra=extra, resume=True)
    repeated = _metrics(first) == _metrics(again) and _distance(first, again) == 0
    recovered = killed and _metrics(first) == _metrics(resumed) and _distance(first, resumed) == 0
    return Control(
        "C7 determinism and resume",
        repeated and recovered,
        f"repeated run {'equal' if repeated else 'DIFFERENT'}; killed at batch {kill_at_batch} and resumed "
        f"{'equal' if recovered else 'DIFFERENT' if killed else 'never killed'}",
    )


def _metrics(result: FitResult) -> list[dict[str, Any]]:
    return [report.metrics() for report in result.history]


def _distance(first: FitResult, second: FitResult) -> float:
    """Euclidean distance between the weights of two networks."""
    a, b = first.model.state_dict(), second.model.state_dict()
    squares = [torch.sum((a[name].double() - b[name].double()) ** 2) for name in a]
    return float(torch.stack(squares).sum().sqrt())


def _contents(part: Examples) -> dict[str, set[Any]]:
    pixels = {hashlib.sha256(np.ascontiguousarray(part.images[i]).tobytes()).digest() for i in range(len(part))}
    return {"patients": set(part.patients), "keys": set(part.keys), "images": pixels}
