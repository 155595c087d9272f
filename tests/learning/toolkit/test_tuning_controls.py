"""Ways of tuning and frozen features: where labels mean nothing they find nothing (C2), and they read no other (C4)."""

import pytest

from learning.toolkit.controls import Material, Strategy, mechanism_controls, require, shuffled_labels
from tests.learning.toolkit.shapes import squares, tiny_recipe

MATERIAL = Material(
    squares(24, seed=1, prefix="t", missing=0), squares(12, seed=2, prefix="v"), squares(12, seed=3, prefix="x")
)
MANY = squares(400, seed=5, prefix="m", missing=0)
BASE = tiny_recipe(
    optimiser={"max_epochs": 2, "batch_size": 8, "learning_rate": 0.001}, augmentation={"kind": "none"}
)
FROZEN = {"kind": "frozen", "inner_folds": 2}
STRATEGIES = [
    Strategy("shallow", {"tuning": {"kind": "shallow", "stages": 1}}),
    Strategy("layer-wise rates", {"tuning": {"body_rate": 0.1, "layer_decay": 0.7}}),
    Strategy("probe, then tune", {"tuning": {"kind": "probe_then_tune", "probe_share": 0.5}}),
    Strategy("incremental", {"tuning": {"kind": "incremental", "most_stages": 1, "inner_folds": 2}}),
    Strategy("frozen, linear SVM", {"tuning": FROZEN | {"classifier": "svm"}}),
    Strategy("frozen, logistic regression", {"tuning": FROZEN | {"classifier": "logistic"}}),
    Strategy("frozen, SMOTE", {"tuning": FROZEN, "imbalance": {"class_weights": "none", "embeddings": "smote"}}),
    Strategy("oriented gradients", {"tuning": FROZEN, "network": {"name": "hog"}}),
]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
def test_shuffled_labels_teach_nothing(strategy, tmp_path):
    require(shuffled_labels(MATERIAL.train, MANY, strategy.pipeline(BASE, workdir=tmp_path), seed=0))


@pytest.mark.parametrize("strategy", STRATEGIES[:3], ids=lambda strategy: strategy.name)
def test_mechanism_controls(strategy, tmp_path):
    require(*mechanism_controls(strategy, MATERIAL, BASE, workdir=tmp_path))
