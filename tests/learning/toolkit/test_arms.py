"""Several arms against one: intervals over patients and seeds, Holm's correction, and words that follow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from learning.toolkit.arms import Judging, judge_arms
from learning.toolkit.comparison import compare
from learning.toolkit.data import DataError
from learning.toolkit.verdict import Spent

FINDINGS = ("nodule",)


def world(n: int = 300, *, quality: dict[str, float], seeds: int = 3, noise: float = 0.4, shift: float = 0.0):  # type: ignore[no-untyped-def]
    """Arms whose scores share a part, so that they are correlated as models on the same cases are."""
    rng = np.random.default_rng(5)
    targets = (rng.random((n, 1)) < 0.4).astype(float)
    shared = rng.normal(size=(n, 1))
    arms = {
        name: {
            s: 1 / (1 + np.exp(-(strength * targets + shared + noise * rng.normal(size=(n, 1)) + shift * s)))
            for s in range(seeds)
        }
        for name, strength in quality.items()
    }
    return arms, targets, [f"P{i}" for i in range(n)]


def judged(quality: dict[str, float], **how: float):  # type: ignore[no-untyped-def]
    arms, targets, patients = world(quality=quality, **how)  # type: ignore[arg-type]
    return {arm.name: arm for arm in judge_arms(arms, judging(targets, patients), control="plain")}


def judging(targets: np.ndarray, patients: list[str], *, folds: int = 1, **how: Any) -> Judging:
    fold_of = [i % folds for i in range(len(targets))]
    return Judging(targets, fold_of, how.pop("findings", FINDINGS), patients, **{"replicates": 400} | how)


def test_a_better_a_worse_and_an_equal_arm_get_their_words() -> None:
    found = judged({"plain": 1.0, "better": 2.2, "worse": 0.1, "same": 1.0}, noise=0.05)
    words = {name: arm.against.verdict for name, arm in found.items() if arm.against}
    assert words == {"better": "gain", "worse": "harm", "same": "equivalent"}
    assert found["plain"].against is None


def test_one_arm_and_one_seed_is_the_paired_comparison_of_two_models() -> None:
    arms, targets, patients = world(quality={"plain": 1.0, "other": 1.6}, seeds=1)
    found = judge_arms(arms, judging(targets, patients, replicates=300), control="plain")[1]
    pair = compare(arms["other"][0], arms["plain"][0], targets, findings=FINDINGS, patients=patients, replicates=300)
    assert found.against is not None
    assert (found.against.delta, found.against.low, found.against.high) == pytest.approx(
        (pair.delta, pair.low, pair.high), abs=1e-12)
    assert "one seed" in found.against.why


def test_an_arm_compared_with_itself_differs_by_nothing() -> None:
    arms, targets, patients = world(quality={"plain": 1.0})
    found = judge_arms(arms | {"copy": arms["plain"]}, judging(targets, patients), control="plain")
    against = found[1].against
    assert against is not None
    assert (against.delta, against.low, against.high, against.p) == (0, 0, 0, 1.0)
    assert against.verdict == "equivalent"
    assert against.correlation == pytest.approx(1.0)


def test_seeds_widen_the_interval() -> None:
    """The same mean difference, once equal in every seed and once scattered over them."""
    arms, targets, patients = world(quality={"plain": 1.0, "steady": 1.5}, noise=0.05)
    scattered = {s: world(quality={"x": strength}, noise=0.05)[0]["x"][0] for s, strength in enumerate((0.2, 1.5, 3.2))}
    found = judge_arms(arms | {"scattered": scattered}, judging(targets, patients), control="plain")
    steady, loose = (arm.against for arm in found[1:])
    assert steady is not None
    assert loose is not None
    assert loose.high - loose.low > 1.5 * (steady.high - steady.low)


def test_scores_of_another_scale_in_each_fold_cost_nothing() -> None:
    """Folds are judged one by one: a model that is shifted between folds orders each fold as well as before."""
    arms, targets, patients = world(quality={"plain": 1.0, "other": 1.0})
    shifted = {s: np.where(np.arange(len(p))[:, None] % 2 == 0, p * 0.5, 0.5 + p * 0.5)
               for s, p in arms["plain"].items()}
    found = judge_arms(
        {"plain": arms["plain"], "shifted": shifted}, judging(targets, patients, folds=2), control="plain"
    )[1].against
    assert found is not None
    assert (found.delta, found.low, found.high) == pytest.approx((0, 0, 0), abs=1e-12)


def test_what_was_spent_unequally_is_said() -> None:
    arms, targets, patients = world(quality={"plain": 1.0, "other": 1.5})
    spent = {"plain": Spent(100, 1, "limited"), "other": Spent(900, 1, "limited")}
    found = judge_arms(arms, judging(targets, patients), control="plain", spent=spent)[1].against
    assert found is not None
    assert found.unequal == ("steps: 900 against 100",)


def test_what_only_one_of_many_arms_shows_is_not_called_a_gain() -> None:
    """An interval just above 0 is a gain alone and undecided beside nineteen others; the number of cases grows."""
    quality = {"plain": 1.0, "bold": 1.33}
    alone = judged(quality, seeds=1)["bold"].against
    among = judged(quality | {f"arm {i}": 1.0 for i in range(19)}, seeds=1)["bold"].against
    assert alone.verdict == "gain"
    assert (among.verdict, among.low > 0) == ("undecided", True)
    assert "correction for 20 arms" in among.why
    assert among.cases_to_decide > among.n


def test_few_patients_decide_nothing_however_far_apart() -> None:
    found = judged({"plain": 0.0, "perfect": 9.0}, n=18)["perfect"].against
    assert found.verdict == "undecided"
    assert "too few" in found.why


def test_a_finding_with_one_class_is_left_out_and_named() -> None:
    arms, targets, patients = world(quality={"plain": 1.0, "other": 1.5})
    wide = {name: {s: np.hstack([p, p]) for s, p in seeds.items()} for name, seeds in arms.items()}
    both = np.hstack([targets, np.zeros_like(targets)])
    found = judge_arms(wide, judging(both, patients, findings=("nodule", "rare"), replicates=100), control="plain")
    assert found[0].per_finding["rare"] is None
    assert found[0].per_finding["nodule"] is not None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"margin": 0.0}, "margin"),
        ({"control": "none"}, "control arm"),
        ({"targets": np.zeros((300, 1))}, "No finding"),
    ],
)
def test_what_cannot_be_compared_is_refused(change: dict[str, object], told: str) -> None:
    arms, targets, patients = world(quality={"plain": 1.0, "other": 1.5})
    settings: dict[str, Any] = {"control": "plain", "targets": targets, "margin": 0.02} | change
    with pytest.raises(DataError, match=told):
        judge_arms(
            arms, judging(settings["targets"], patients, margin=settings["margin"], replicates=50),
            control=settings["control"],
        )
