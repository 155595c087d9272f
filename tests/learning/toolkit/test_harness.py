from dataclasses import replace

import numpy as np
import pytest

from learning.recipe import RecipeError
from learning.toolkit import step
from learning.toolkit.controls import (
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
)
from learning.toolkit.data import Examples
from tests.learning.toolkit.shapes import squares, tiny_recipe

MATERIAL = Material(
    train=squares(32, seed=1, prefix="t"), val=squares(16, seed=2, prefix="v"), test=squares(200, seed=4, prefix="x")
)
BASE = tiny_recipe(optimiser={"max_epochs": 2, "keep": "last"})
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
    blind, pairs, trivial = effect_controls(SMOOTHING, MATERIAL, BASE, workdir=tmp_path)
    assert blind.passed, blind.sentence
    assert "over 5 paired seeds; difference" in pairs.sentence
    assert trivial.sentence.startswith("mean, deviation and 8 histogram bins: macro AUROC 0.")


def test_all_failures_are_told_together():
    require(Control("C1", True, "fine"))
    with pytest.raises(ControlFailed, match="C2: bad; C5: worse"):
        require(Control("C1", True, "fine"), Control("C2", False, "bad"), Control("C5", False, "worse"))


def test_knob_that_the_recipe_does_not_have_is_refused():
    with pytest.raises(RecipeError, match="label_smooothing"):
        Strategy("typo", {"regularisation": {"label_smooothing": 0.1}}).recipe(BASE)
