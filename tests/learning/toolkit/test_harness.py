import re
from dataclasses import asdict, replace

import numpy as np
import pytest

from learning.recipe import RecipeError
from learning.toolkit import step
from learning.toolkit.controls import (
    BudgetExceeded,
    Control,
    ControlFailed,
    Material,
    Oracle,
    Strategy,
    blind_to_test_labels,
    effect_controls,
    label_ledger,
    leak_guard,
    mechanism_controls,
    no_op,
    require,
    shuffled_labels,
    turned_labels,
)
from learning.toolkit.controls.watched import watched
from learning.toolkit.data import Examples
from tests.learning.toolkit.shapes import squares, tiny_recipe

MATERIAL = Material(
    train=squares(32, seed=1, prefix="t"), val=squares(16, seed=2, prefix="v"), test=squares(200, seed=4, prefix="x")
)
BASE = tiny_recipe(optimiser={"max_epochs": 2, "keep": "last"})
SMALL = Material(
    squares(8, seed=1, prefix="t", missing=0), squares(4, seed=2, prefix="v"), squares(20, seed=4, prefix="x")
)
SMOOTHING = Strategy(
    "label smoothing", {"regularisation": {"label_smoothing": 0.1}}, knob="regularisation.label_smoothing"
)
WEIGHTS = Strategy("class weights", {"imbalance": {"class_weights": "inverse_prevalence"}})
PSEUDO = Strategy(
    "pseudolabels", {"pseudolabels": {"weight": 1.0}}, knob="pseudolabels.weight", gradient="pseudo",
    how={"extra": squares(16, seed=3, prefix="u")},
)


@pytest.mark.parametrize("strategy", [SMOOTHING, WEIGHTS, PSEUDO], ids=lambda strategy: strategy.name)
def test_working_strategy_passes_what_must_hold_whatever_it_gains(tmp_path, strategy):
    controls = mechanism_controls(strategy, MATERIAL, BASE, workdir=tmp_path)
    require(*controls)
    assert [control.name[:2] for control in controls] == ["C1", "C4", "C5", "C5", "C7"]
    assert controls[1].sentence == "48 labels read of 48 allowed"
    assert ("no amount to turn down" in controls[0].sentence) is (strategy is WEIGHTS)


def test_strategy_that_asks_whether_its_knob_is_zero_is_caught_by_a_trace_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(step.Stepper, "_pseudo_weight", lambda self: 1.0 if self.recipe.pseudolabels.weight else 0.0)
    control = no_op(PSEUDO, MATERIAL.train, MATERIAL.val, BASE, workdir=tmp_path)
    assert not control.passed
    assert "off identical" in control.sentence


def test_strategy_that_does_nothing_is_caught_when_on(tmp_path):
    stub = Strategy("stub", {"optimiser": {"seconds": 3600.0}})
    control = no_op(stub, MATERIAL.train, MATERIAL.val, BASE, workdir=tmp_path)
    assert not control.passed
    assert "on moves one by 0" in control.sentence


def test_strategy_whose_term_has_no_gradient_is_caught(tmp_path):
    claims = replace(SMOOTHING, gradient="smoothing")
    control = no_op(claims, MATERIAL.train, MATERIAL.val, BASE, workdir=tmp_path)
    assert not control.passed
    assert "smallest gradient norm of smoothing 0" in control.sentence


def test_strategy_that_is_not_off_when_off_is_caught(tmp_path):
    leaking = Strategy("weights", {"imbalance": {"class_weights": "inverse_prevalence"}}, off=WEIGHTS.on)
    control = no_op(leaking, MATERIAL.train, MATERIAL.val, BASE, workdir=tmp_path)
    assert not control.passed
    assert "off DIFFERENT" in control.sentence


def test_pipeline_that_follows_the_labels_it_is_judged_by_is_caught():
    test = MATERIAL.test

    def honest(train, asked):
        return np.zeros((len(asked), 2))

    def cheat(train, asked):
        return np.nan_to_num(asked.targets, nan=0.5)

    assert blind_to_test_labels(MATERIAL.train, test, honest).passed
    assert not blind_to_test_labels(MATERIAL.train, test, cheat).passed


def test_ledger_wants_the_whole_budget_and_no_more():
    oracle = Oracle(np.zeros((4, 1)), budget=3)
    oracle.read([0, 1])
    assert label_ledger(oracle).sentence == "2 labels read of 3 allowed"
    assert not label_ledger(oracle).passed
    oracle.read([2])
    assert label_ledger(oracle).passed


def test_leak_guard_names_what_is_shared():
    one = MATERIAL.train
    copy = Examples.of(
        one.images[:2], one.targets[:2], patients=["new1", "new2"], keys=["n1", "n2"], findings=one.findings
    )
    control = leak_guard({"train": one, "test": copy})
    assert control.sentence == "train and test share 2 images"
    assert not control.passed


def test_effects_are_told_beside_chance_and_beside_brightness(tmp_path):
    blind, pairs, turned, trivial = effect_controls(SMOOTHING, SMALL, BASE, workdir=tmp_path)
    require(blind, pairs, turned)
    assert "over 5 paired seeds; difference" in pairs.sentence
    assert trivial.sentence.startswith("mean, deviation and 8 histogram bins: macro AUROC 0.")


def test_strategy_that_trains_for_longer_than_its_control_is_no_pair(tmp_path):
    longer = Strategy("patience", {"optimiser": {"max_epochs": 3}})
    one = tiny_recipe(optimiser={"max_epochs": 1, "keep": "last"})
    _, pairs, *_ = effect_controls(longer, SMALL, one, workdir=tmp_path)
    assert not pairs.passed
    assert "knob 1 and knob 0 were given DIFFERENT data" in pairs.sentence


class Peeking(Strategy):
    """Looks at the answers of the images that it is asked about."""

    def ask(self, model, test):
        return np.nan_to_num(test.targets, nan=0.5)


class Unlearned(Strategy):
    """Trains on nothing it was given."""

    def fit(self, train, val, recipe, workdir):
        return super().fit(SMALL.train, None, recipe, workdir)


def test_ledger_sees_what_a_strategy_reads(tmp_path):
    seen = {
        kind: mechanism_controls(kind(**asdict(SMOOTHING)), SMALL, BASE, workdir=tmp_path / kind.__name__)
        for kind in (Peeking, Unlearned)
    }
    ledgers = {kind: next(c for c in found if c.name == "C4 label ledger") for kind, found in seen.items()}
    assert "answers of the test set were asked for: 32 labels" in ledgers[Peeking].sentence
    assert ledgers[Unlearned].sentence == "0 labels read of 12 allowed"
    assert not any(ledger.passed for ledger in ledgers.values())


def test_answers_are_counted_when_they_are_looked_at_and_not_when_a_part_is_taken():
    oracle, (train, test) = watched(SMALL.train, SMALL.test, budget=3)
    few = train.take([0, 4]).take([1])
    assert (len(train), len(few), few.patients, oracle.spent) == (8, 1, (SMALL.train.patients[4],), 0)
    np.testing.assert_array_equal(few.targets, SMALL.train.targets[[4]])
    assert oracle.spent == 1
    with pytest.raises(BudgetExceeded, match="21 labels were asked for"):
        test.known()


def test_unlabelled_images_that_judge_later_are_a_leak(tmp_path):
    leaking = replace(PSEUDO, how={"extra": SMALL.test})
    guard = next(c for c in mechanism_controls(leaking, SMALL, BASE, workdir=tmp_path) if c.name == "C5 leak guard")
    assert guard.sentence.startswith("test and unlabelled share")
    assert not guard.passed


def nearest(train, test):
    """Answers of the most similar training image: the memory that an overfitted network has."""
    gaps = ((train.images[None] - test.images[:, None]) ** 2).mean(axis=(2, 3))
    return np.nan_to_num(train.targets[gaps.argmin(axis=1)], nan=0.5)


def oversampled_before_the_split(train, test):
    """Copies of rare cases are drawn from all cases, so that some of those that judge are learned from."""
    targets = np.concatenate([train.targets, test.targets])
    rare = np.flatnonzero((targets == 1).any(axis=1))
    drawn = np.random.default_rng(0).choice(rare, 2 * len(rare))
    images = np.concatenate([train.images, test.images])
    return nearest(replace(train, images=images[drawn], targets=targets[drawn]), test)


def test_copies_that_straddle_the_split_show_where_labels_mean_nothing():
    assert shuffled_labels(MATERIAL.train, MATERIAL.test, nearest, seed=0).passed
    assert not shuffled_labels(MATERIAL.train, MATERIAL.test, oversampled_before_the_split, seed=0).passed


def test_labels_turned_round_turn_a_learner_and_not_what_knew_them_from_elsewhere():
    train, test = squares(200, seed=5, missing=0), squares(100, seed=6, prefix="x", missing=0)

    def learner(train, test):
        x, y = (np.stack([i.max(axis=(1, 2)), i.min(axis=(1, 2))], 1) for i in (train.images, test.images))
        return (y - x.mean(0)) @ (x - x.mean(0)).T @ (train.targets - 0.5)

    told = turned_labels(train, test, learner)
    assert told.passed
    assert np.array([float(n) for n in re.findall(r"(0\.\d+) of", told.sentence)]).max() < 0.4
    assert not turned_labels(train, test, lambda *_: test.targets).passed


def test_all_failures_are_told_together():
    require(Control("C1", True, "fine"))
    with pytest.raises(ControlFailed, match="C2: bad; C5: worse"):
        require(Control("C1", True, "fine"), Control("C2", False, "bad"), Control("C5", False, "worse"))


def test_knob_that_the_recipe_does_not_have_is_refused():
    with pytest.raises(RecipeError, match="label_smooothing"):
        Strategy("typo", {"regularisation": {"label_smooothing": 0.1}}).recipe(BASE)
