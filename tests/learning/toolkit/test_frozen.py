"""Frozen features with a linear classifier, and features that are computed instead of learned."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from learning.recipe import RecipeError
from learning.recipe_parts import InputPart
from learning.toolkit.data import DataError
from learning.toolkit.export import ModelCard, load_model, save_model
from learning.toolkit.handcrafted import FEATURES
from learning.toolkit.linear import GRID, fit_linear, platt
from learning.toolkit.nets import build_network
from learning.toolkit.prediction import predict
from learning.toolkit.splits import grouped_kfold
from learning.toolkit.streams import Streams
from learning.toolkit.train import fit
from tests.learning.toolkit.shapes import FINDINGS, squares, tiny_recipe

TRAIN, VAL = squares(64, seed=1, prefix="t"), squares(32, seed=2, prefix="v")
FROZEN = tiny_recipe(tuning={"kind": "frozen"})


def blobs(n=60, d=6, seed=0, apart=1.5):
    """Two clouds, two rows of each patient."""
    rng = np.random.default_rng(seed)
    y = (np.arange(n) // 2) % 2
    x = rng.normal(0, 1, (n, d)) * np.arange(1, d + 1)
    x[:, 0] += apart * y
    return x, y, np.ones(n), [f"p{i // 2}" for i in range(n)]


def as_scaled(x):
    return (x - x.mean(axis=0)) / x.std(axis=0)


@pytest.mark.parametrize("balanced", [False, True])
def test_logistic_regression_on_features_is_that_of_scikit_learn(balanced):
    x, y, _, patients = blobs()
    w = np.random.default_rng(1).uniform(0, 3, len(y))
    found = fit_linear(x, y, w, patients, kind="logistic", folds=3, balanced=balanced)
    peer = LogisticRegression(C=found.c, max_iter=2000, class_weight="balanced" if balanced else None)
    peer.fit(as_scaled(x), y, sample_weight=w)
    np.testing.assert_allclose(found.logits(x)[:, 0], peer.decision_function(as_scaled(x)), atol=1e-6)


def test_svm_gives_its_own_margins_through_one_sigmoid():
    x, y, _, patients = blobs()
    w = np.random.default_rng(1).uniform(0, 3, len(y))
    found = fit_linear(x, y, w, patients, kind="svm", folds=3)
    peer = LinearSVC(C=found.c, random_state=0, max_iter=20_000).fit(as_scaled(x), y, sample_weight=w)
    margins = peer.decision_function(as_scaled(x))
    slope, offset = np.polyfit(margins, found.logits(x)[:, 0], 1)
    np.testing.assert_allclose(found.logits(x)[:, 0], slope * margins + offset, atol=1e-8)
    held_out = np.zeros(len(y))  # the sigmoid is that of margins which patients got who were not learned from
    for rows, held in grouped_kfold(patients, (y[:, None] == 1).astype(np.float32), k=3, seed=0):
        inner = LinearSVC(C=found.c, random_state=0, max_iter=20_000)
        centre, spread = x[rows].mean(axis=0), x[rows].std(axis=0)
        inner.fit((x[rows] - centre) / spread, y[rows], sample_weight=w[rows])
        held_out[held] = inner.decision_function((x[held] - centre) / spread)
    assert (slope, offset) == pytest.approx(platt(held_out, y, w), rel=1e-4)


def test_several_classes_are_one_logistic_regression():
    x, y, w, patients = blobs()
    y = np.where(x[:, 1] > 1, 2, y)
    found = fit_linear(x, y, w, patients, kind="svm", folds=3)
    peer = LogisticRegression(C=found.c, max_iter=2000).fit(as_scaled(x), y)
    probabilities = torch.softmax(torch.from_numpy(found.logits(x)), 1)
    np.testing.assert_allclose(probabilities, peer.predict_proba(as_scaled(x)), atol=1e-6)


def test_platts_sigmoid_is_the_published_optimum():
    """The gradient of Platt's regularised likelihood vanishes at the answer."""
    margins, y = np.array([-2.0, -1.0, -0.3, 0.4, 0.2, 1.5]), np.array([0, 0, 1, 0, 1, 1])
    slope, offset = platt(margins, y, np.ones(6))
    target = np.where(y == 1, 4 / 5, 1 / 5)
    rest = 1 / (1 + np.exp(-(slope * margins + offset))) - target
    assert abs(rest.sum()) < 1e-3
    assert abs((rest * margins).sum()) < 1e-3


def test_margins_that_rank_the_wrong_way_are_not_turned_round():
    assert platt([2.0, 1.0, -1.0, -2.0], [0, 0, 1, 1], np.ones(4))[0] > 0


def test_c_is_chosen_within_training():
    """Every C of the grid is tried, none is judged on a patient that it was trained on, and ties go to the smallest."""
    x, y, w, patients = blobs()
    found = fit_linear(x, y, w, patients, kind="logistic", folds=3)
    assert [c for c, _ in found.tried] == list(GRID["logistic"])
    best = max(area for _, area in found.tried)
    assert found.c == min(c for c, area in found.tried if round(area, 6) == round(best, 6))


def test_a_patients_second_image_tells_nothing_in_the_choice():
    """Features that name the patient: apart within a patient they would give an area of 1, kept together chance."""
    n = 40
    y = (np.arange(n) // 2) % 2
    x = np.repeat(np.eye(n // 2), 2, axis=0)
    found = fit_linear(x, y, np.ones(n), [f"p{i // 2}" for i in range(n)], kind="logistic", folds=4)
    assert all(area <= 0.6 for _, area in found.tried)


def test_two_cases_of_a_class_are_too_few_to_choose_by():
    found = fit_linear(*[v[:4] for v in blobs(n=4)], kind="svm", folds=3)
    assert found.tried or found.c == 1e-2
    x, y, w, _ = blobs(n=8)
    found = fit_linear(x, y, w, ["a"] * 8, kind="svm", folds=3)
    assert (found.tried, found.c) == ((), 1e-2)


def test_made_up_cases_never_judge():
    x, y, w, patients = blobs()
    seen = []

    def resample(features, classes):
        seen.append(len(classes))
        return np.concatenate([features, features[:5] + 100]), np.concatenate([classes, 1 - classes[:5]])

    found = fit_linear(x, y, w, patients, kind="logistic", folds=3, resample=resample)
    assert max(seen) == len(y)
    assert seen.count(len(y)) == 1
    assert found.c in GRID["logistic"]


def test_classifier_ends_as_the_networks_head_and_nothing_else_moves(tmp_path):
    seed = Streams(FROZEN.seed).seed("initialisation")
    fresh = build_network(FROZEN, FINDINGS, seed=seed).state_dict()
    result = fit(TRAIN, VAL, FROZEN, workdir=tmp_path)
    changed = {name for name, t in result.model.state_dict().items() if not torch.equal(t, fresh[name])}
    assert changed == {"head.weight", "head.bias"}
    told = predict(result.model, VAL.images)
    np.testing.assert_allclose(np.linalg.norm(told.embeddings, axis=1), 1, atol=1e-6)
    logits = told.embeddings @ result.model.head.weight.detach().numpy().T + result.model.head.bias.detach().numpy()
    np.testing.assert_allclose(told.probabilities, 1 / (1 + np.exp(-logits)), atol=1e-5)


def test_an_exported_model_with_frozen_features_predicts_the_same(tmp_path):
    result = fit(TRAIN, None, FROZEN, workdir=tmp_path)
    save_model(tmp_path / "m.safetensors", result.model, ModelCard(name="m", findings=FINDINGS, recipe=FROZEN))
    again = predict(load_model(tmp_path / "m.safetensors")[0], VAL.images).probabilities
    np.testing.assert_array_equal(again, predict(result.model, VAL.images).probabilities)


def test_validation_answers_choose_nothing(tmp_path):
    first = fit(TRAIN, VAL, FROZEN, workdir=tmp_path)
    turned = fit(TRAIN, replace(VAL, targets=1 - VAL.targets), FROZEN, workdir=tmp_path)
    assert first.chosen == turned.chosen
    assert torch.equal(first.model.head.weight, turned.model.head.weight)
    assert first.history[0].val_loss != turned.history[0].val_loss


def test_unknown_and_doubtful_answers_are_left_out(tmp_path):
    targets, kept = TRAIN.targets.copy(), np.arange(len(TRAIN)) >= 10
    targets[:10] = [[np.nan, 0.5]] * 10
    masked = fit(replace(TRAIN, targets=targets), None, FROZEN, workdir=tmp_path)
    without = fit(TRAIN.take(np.flatnonzero(kept)), None, FROZEN, workdir=tmp_path)
    assert torch.allclose(masked.model.head.weight, without.model.head.weight, atol=1e-5)


ONE_SIDED = {
    "only absent": (0.0, "Finding DARK: in all 64 assessed training images it is absent"),
    "only present": (1.0, "it is present"),
    "never assessed": (np.nan, "no training image was assessed"),
}


@pytest.mark.parametrize("name", ONE_SIDED)
def test_a_finding_with_one_class_is_refused_by_name(tmp_path, name):
    value, told = ONE_SIDED[name]
    targets = TRAIN.targets.copy()
    targets[:, 1] = value
    with pytest.raises(DataError, match=told):
        fit(replace(TRAIN, targets=targets), VAL, FROZEN, workdir=tmp_path)


def test_same_seed_gives_the_same_classifier_and_stopping_is_heard(tmp_path):
    runs = [fit(TRAIN, VAL, FROZEN, workdir=tmp_path) for _ in range(2)]
    assert torch.equal(*(run.model.head.weight for run in runs))
    assert fit(TRAIN, VAL, FROZEN, workdir=tmp_path, should_stop=lambda: True).stopped_because == "cancelled"


def test_pseudolabels_of_no_weight_change_nothing(tmp_path):
    extra = squares(16, seed=5, prefix="x")
    plain = fit(TRAIN, None, FROZEN, workdir=tmp_path)
    off = fit(TRAIN, None, FROZEN, workdir=tmp_path, extra=extra)
    weighing = tiny_recipe(tuning={"kind": "frozen"}, pseudolabels={"weight": 1.0})
    on = fit(TRAIN, None, weighing, workdir=tmp_path, extra=extra)
    assert torch.equal(plain.model.head.weight, off.model.head.weight)
    assert not torch.equal(plain.model.head.weight, on.model.head.weight)


@pytest.mark.parametrize("name", FEATURES)
def test_computed_features_train_and_predict_as_a_network_does(tmp_path, name):
    result = fit(TRAIN, VAL, tiny_recipe(network={"name": name}, tuning={"kind": "frozen"}), workdir=tmp_path)
    told = predict(result.model, VAL.images)
    assert told.embeddings.shape == (len(VAL), result.model.width)
    assert np.isfinite(told.probabilities).all()
    assert sum(p.numel() for p in result.model.backbone.parameters()) == 0
    image = np.full((32, 32), 0.3, np.float32)
    assert np.isfinite(FEATURES[name](image)).all()


def test_brightness_features_find_brightness(tmp_path):
    recipe = tiny_recipe(network={"name": "histogram"}, tuning={"kind": "frozen"}, input={"normalise": "none"})
    result = fit(TRAIN, VAL, recipe, workdir=tmp_path)
    assert result.history[0].val_auroc["BRIGHT"] > 0.85


def test_radiomics_figures_are_those_of_their_definitions():
    rng = np.random.default_rng(0)
    image = rng.normal(0, 0.5, (32, 32)).astype(np.float32)
    found = FEATURES["radiomics"](image)
    values = image.ravel().astype(np.float64)
    assert len(found) == 20 + 36
    assert found[0] == pytest.approx(values.mean())
    assert found[2] == pytest.approx(np.mean((values - values.mean()) ** 3) / values.std() ** 3)
    assert found[5] == pytest.approx(np.sqrt(np.mean(values**2)))
    assert found[8] == pytest.approx(values.max() - values.min())
    stripes = np.tile(np.array([-2.0, 2.0], np.float32), (32, 16))
    contrast = FEATURES["radiomics"](stripes)[20]  # of neighbours in four directions; three of them cross a stripe
    assert contrast == pytest.approx(0.75 * 31**2)


@pytest.mark.parametrize("name", FEATURES)
def test_a_grey_image_repeated_in_three_channels_has_the_same_features(name):
    x = torch.from_numpy(np.random.default_rng(1).normal(0, 1, (1, 1, 32, 32)).astype(np.float32))
    nets = [
        build_network(
            tiny_recipe(network={"name": name}, tuning={"kind": "frozen"}, input={"channels": c}), FINDINGS, seed=0
        )
        for c in (1, 3)
    ]
    assert torch.equal(nets[0].features(x), nets[1].features(x.expand(-1, 3, -1, -1)))


REFUSED = {
    "computed features cannot be trained": ({"network": {"name": "hog"}}, "tuning.kind 'frozen'"),
    "computed features load nothing": (
        {"network": {"name": "lbp"}, "tuning": {"kind": "frozen"}, "start": {"kind": "checkpoint", "model": "model 1"}},
        "start.kind 'scratch'",
    ),
    "computed features see the readers' scale": (
        {"network": {"name": "hog"}, "tuning": {"kind": "frozen"}, "input": {"normalise": "xrv"}},
        "'percentile'",
    ),
    "frozen features have no rates": ({"tuning": {"kind": "frozen", "layer_decay": 0.7}}, "no learning rate"),
    "grades need another tuning": ({"tuning": {"kind": "frozen"}, "targets": {"kind": "ordinal"}}, "ordinal"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_recipe_says_what_does_not_go_together(name):
    sections, told = REFUSED[name]
    with pytest.raises(RecipeError, match=told):
        tiny_recipe(**sections)


def test_input_part_decides_the_length_of_features():
    sizes = [len(FEATURES["hog"](np.zeros((s, s), np.float32))) for s in (32, 64)]
    assert sizes == [7 * 7 * 36, 7 * 7 * 36]
    assert InputPart().size == 96
