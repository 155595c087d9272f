"""Every strategy that alters: C1 (off bit-identical, a trace of 1e-9 within 1e-5, on different), C2, C4, C5 and C7."""

import pytest

from learning.toolkit.controls import Material, Strategy, mechanism_controls, no_op, require, shuffled_labels
from tests.learning.toolkit.shapes import squares, tiny_recipe

MATERIAL = Material(
    squares(24, seed=1, prefix="t"), squares(8, seed=2, prefix="v"), squares(8, seed=3, prefix="x")
)
BASE = {"augmentation": {"kind": "none"}, "optimiser": {"max_epochs": 2, "batch_size": 8, "learning_rate": 0.001}}


def imbalance(name, knob="", zero=0.0, **part):
    off = {"imbalance": {knob.split(".")[1]: zero}} if knob else {}
    return Strategy(name, {"imbalance": part}, knob=knob, zero=zero, off=off)


STRATEGIES = [
    Strategy("limited", {"augmentation": {"kind": "limited"}}, knob="augmentation.strength",
             off={"augmentation": {"strength": 0}}),
    Strategy("strong", {"augmentation": {"kind": "strong"}}),
    Strategy("mixup", {"augmentation": {"mixup": 0.4}}, knob="augmentation.mixup"),
    Strategy("cutmix", {"augmentation": {"cutmix": 1.0}}, knob="augmentation.cutmix"),
    imbalance("oversample", "imbalance.sampling_strength", sampling="oversample", sampling_strength=1.0),
    imbalance("undersample", "imbalance.sampling_strength", sampling="undersample", sampling_strength=1.0),
    imbalance("hard cases", "imbalance.sampling_strength", sampling="hard_cases", sampling_strength=1.0),
    imbalance("dynamic", "imbalance.sampling_strength", sampling="dynamic", sampling_strength=1.0),
    imbalance("class-balanced", "imbalance.beta", class_weights="class_balanced", beta=0.99),
    imbalance("focal", "imbalance.focal_gamma", loss="focal", focal_gamma=2.0),
    imbalance("logit adjustment", "imbalance.logit_tau", loss="logit_adjustment", logit_tau=1.0),
    imbalance("LDAM", loss="ldam"),
    Strategy("L1", {"regularisation": {"l1": 0.01}}, knob="regularisation.l1"),
    Strategy("L2", {"regularisation": {"weight_decay": 0.5}}, knob="regularisation.weight_decay",
             off={"regularisation": {"weight_decay": 0.01}}, zero=0.01),
    Strategy("label smoothing", {"regularisation": {"label_smoothing": 0.2}}, knob="regularisation.label_smoothing"),
    Strategy("dropout of stages", {"regularisation": {"dropout_stages": "0.2"}}),
    Strategy("input dropout", {"regularisation": {"dropout_input": 0.2}}),
    Strategy("EMA", {"regularisation": {"average": "ema", "ema_decay": 0.9}}, knob="regularisation.ema_decay",
             off={"regularisation": {"ema_decay": 0.0}}),
    Strategy("SWA", {"regularisation": {"average": "swa", "swa_from": 0.4, "norm": "batch"}}),
]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
def test_mechanism_controls(strategy, tmp_path):
    require(*mechanism_controls(strategy, MATERIAL, tiny_recipe(**BASE), workdir=tmp_path))


MANY = squares(400, seed=5, prefix="m", missing=0)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
def test_shuffled_labels_teach_nothing(strategy, tmp_path):
    require(shuffled_labels(MATERIAL.train, MANY, strategy.pipeline(tiny_recipe(**BASE), workdir=tmp_path), seed=0))


FOCAL, LDAM = {"loss": "focal", "focal_gamma": 1.0, "focal_alpha": 0.5}, {"loss": "ldam", "ldam_deferred": 0.5}
NUMBERS = [
    (FOCAL, imbalance("focal α", "imbalance.focal_alpha", 0.5, focal_alpha=0.8), 1e-9),
    (LDAM, imbalance("LDAM margin", "imbalance.ldam_margin", 0.5, ldam_margin=1.0), 1e-9),
    (LDAM, imbalance("LDAM scale", "imbalance.ldam_scale", 30.0, ldam_scale=10.0), 1e-9),
    (LDAM | {"ldam_deferred": 1.0}, imbalance("LDAM weights from", "imbalance.ldam_deferred", 1.0, ldam_deferred=0.3),
     -1e-9),
]


@pytest.mark.parametrize(("loss", "strategy", "trace"), NUMBERS, ids=lambda x: getattr(x, "name", ""))
def test_numbers_of_a_loss_that_have_no_zero_move_it_by_traces(loss, strategy, trace, tmp_path):
    """Plain is here the loss with that number at its neutral value, or where it has none, at the paper's."""
    base = tiny_recipe(**BASE, imbalance=loss)
    require(no_op(strategy, MATERIAL.train, MATERIAL.val, base, workdir=tmp_path, tiny=trace))
