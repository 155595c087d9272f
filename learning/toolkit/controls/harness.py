"""All controls of one strategy, by one call: no strategy brings copies of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from learning.recipe import Recipe
from learning.toolkit.controls.control import Control
from learning.toolkit.controls.given import Given, fingerprint, paired_calls
from learning.toolkit.controls.labels import BudgetExceeded, label_ledger, shuffled_labels, turned_labels
from learning.toolkit.controls.leaks import blind_to_test_labels, leak_guard
from learning.toolkit.controls.no_op import no_op
from learning.toolkit.controls.paired import LEAST_SEEDS, against_random, trivial_baseline
from learning.toolkit.controls.resume import determinism_and_resume
from learning.toolkit.controls.strategy import PLAIN, Strategy, changed
from learning.toolkit.controls.watched import watched
from learning.toolkit.data import Examples
from learning.toolkit.ranks import auroc
from learning.toolkit.reports import FitResult


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
    pipeline = strategy.pipeline(base, workdir=workdir / "blind")
    ledger, result = _observed(strategy, material, base, workdir / "c4")
    parts = {"train": train, "val": val, "test": test}
    if strategy.how.get("extra") is not None:
        parts["unlabelled"] = strategy.how["extra"]
    return (
        no_op(strategy, train, val, base, workdir=workdir / "c1"),
        ledger,
        leak_guard(parts),
        blind_to_test_labels(train, test, pipeline),
        determinism_and_resume(
            train, val, strategy.recipe(base), kill_at_batch=kill_at_batch, workdir=workdir / "c7", first=result,
            **strategy.how,
        ),
    )


def _observed(
    strategy: Strategy, material: Material, base: Recipe, workdir: Path
) -> tuple[Control, FitResult | None]:
    """C4: one training and one prediction on answers that count who reads them; those of the test set are not to be."""
    parts = (material.train, material.val, material.test)
    oracle, (train, val, test) = watched(*parts, budget=len(material.train) + len(material.val))
    try:
        result = strategy.fit(train, val, strategy.recipe(base), workdir)
        strategy.ask(result.model, test)
    except BudgetExceeded as error:
        return Control("C4 label ledger", False, f"answers of the test set were asked for: {error}"), None
    return label_ledger(oracle), result


def effect_controls(
    strategy: Strategy, material: Material, base: Recipe, *, workdir: Path, seeds: Sequence[int] = range(5)
) -> tuple[Control, ...]:
    """C2, C3, C4 and C6: labels that mean nothing, paired seeds, labels turned round, and brightness alone."""
    train, test = material.train, material.test
    blind = shuffled_labels(train, test, strategy.pipeline(base, workdir=workdir / "c2"), seed=base.seed)

    calls: list[Given] = []

    def figure(arm: Strategy, seed: int, knob: float) -> float:
        seeded = base.model_copy(update={"seed": seed})
        before = _terms(arm.recipe(seeded), train, test)
        p = arm.pipeline(seeded, workdir=workdir / f"c3-{seed}-{knob:g}")(train, test)
        calls.append(Given(0, arm.recipe(seeded).seed, knob, before, _terms(arm.recipe(seeded), train, test)))
        areas = [auroc(p[:, i], test.targets[:, i]) for i in range(len(test.findings))]
        return float(np.mean([area for area in areas if area is not None]))

    pairs = against_random(
        lambda seed: figure(strategy, seed, 1.0), lambda seed: figure(PLAIN, seed, 0.0), seeds=seeds
    )
    same = paired_calls(calls, knob=1.0, least=LEAST_SEEDS)
    words = pairs.sentence.replace("at random", "plain") + ("" if same.passed else f"; {same.sentence}")
    trivial = trivial_baseline(train, test, changed(base, {})).macro_auroc
    told = "not defined: no finding has both classes" if trivial is None else f"macro AUROC {trivial.value:.3f}"
    return (
        blind,
        Control(same.name, same.passed, words),
        turned_labels(train, test, strategy.pipeline(base, workdir=workdir / "c4")),
        Control("C6 trivial baseline", trivial is not None, f"mean, deviation and 8 histogram bins: {told}"),
    )


def _terms(recipe: Recipe, train: Examples, test: Examples) -> str:
    """What both arms must have alike: cases, answers, and how long they may train."""
    o = recipe.optimiser
    return f"{fingerprint(train, test, images=test.images)} {o.max_epochs} {o.max_steps} {o.batch_size} {o.seconds}"
