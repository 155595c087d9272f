"""All controls of one strategy, by one call: no strategy brings copies of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from learning.recipe import Recipe
from learning.toolkit.controls.control import Control
from learning.toolkit.controls.labels import Oracle, label_ledger, shuffled_labels
from learning.toolkit.controls.leaks import blind_to_test_labels, leak_guard
from learning.toolkit.controls.no_op import no_op
from learning.toolkit.controls.paired import against_random, trivial_baseline
from learning.toolkit.controls.resume import determinism_and_resume
from learning.toolkit.controls.strategy import Pipeline, Strategy, changed, supervised
from learning.toolkit.data import Examples
from learning.toolkit.ranks import auroc


@dataclass(frozen=True, slots=True)
class Material:
    """Patient-disjoint parts on which a strategy is controlled; small ones will do."""

    train: Examples
    val: Examples
    test: Examples


def mechanism_controls(
    strategy: Strategy, material: Material, base: Recipe, *, workdir: Path, kill_at_batch: int = 2
) -> tuple[Control, ...]:
    """C1, C4, C5 and C7: what must hold whatever the strategy gains. Seconds on small material."""
    train, val, test = material.train, material.val, material.test
    oracle = Oracle(np.concatenate([train.targets, val.targets]), budget=len(train) + len(val))
    oracle.read(range(len(train) + len(val)))
    pipeline = strategy.pipeline(base, workdir=workdir / "blind")
    return (
        no_op(strategy, train, val, base, workdir=workdir / "c1"),
        label_ledger(oracle),
        leak_guard({"train": train, "val": val, "test": test}),
        blind_to_test_labels(train, test, pipeline),
        determinism_and_resume(
            train, val, strategy.recipe(base), kill_at_batch=kill_at_batch, workdir=workdir / "c7", **strategy.how
        ),
    )


def effect_controls(
    strategy: Strategy, material: Material, base: Recipe, *, workdir: Path, seeds: Sequence[int] = range(5)
) -> tuple[Control, ...]:
    """C2, C3 and C6: no effect where labels mean nothing, the paired seeds, and what brightness alone achieves."""
    train, test = material.train, material.test
    blind = shuffled_labels(train, test, strategy.pipeline(base, workdir=workdir / "c2"), seed=base.seed)

    def figure(pipeline: Pipeline) -> float:
        p = pipeline(train, test)
        areas = [auroc(p[:, i], test.targets[:, i]) for i in range(len(test.findings))]
        return float(np.mean([area for area in areas if area is not None]))

    def seeded(seed: int) -> Recipe:
        return base.model_copy(update={"seed": seed})

    pairs = against_random(
        lambda seed: figure(strategy.pipeline(seeded(seed), workdir=workdir / f"c3-{seed}")),
        lambda seed: figure(supervised(seeded(seed), workdir=workdir / f"c3-plain-{seed}")),
        seeds=seeds,
    )
    trivial = trivial_baseline(train, test, changed(base, {})).macro_auroc
    told = "not defined: no finding has both classes" if trivial is None else f"macro AUROC {trivial.value:.3f}"
    return (
        blind,
        Control("C3 paired seeds", True, pairs.sentence.replace("at random", "plain")),
        Control("C6 trivial baseline", trivial is not None, f"mean, deviation and 8 histogram bins: {told}"),
    )
