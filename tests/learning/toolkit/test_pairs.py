"""Progression: two images, one encoder, covariates with flags."""

import numpy as np
import pytest
import torch

from learning.recipe import RecipeError, load_recipe
from learning.toolkit.data import DataError, Examples
from learning.toolkit.nets import build_network
from learning.toolkit.pairs import PairImages, PairReader
from learning.toolkit.prediction import predict
from learning.toolkit.ranks import auroc
from learning.toolkit.train import fit
from learning.toolkit.trainer import Trainer


def recipe(**targets):
    return load_recipe({
        "targets": {"kind": "progression", **targets}, "input": {"size": 32, "normalise": "none"}, "precision": "fp32",
        "augmentation": {"kind": "none"}, "regularisation": {"dropout_hidden": 0},
        "optimiser": {"max_steps": 90, "patience": 0, "keep": "last", "learning_rate": 0.01},
    })


def pairs(n, *, seed=0, prefix=""):
    """Squares of random sizes; worse is a larger one now. Neither image alone tells."""
    generator = np.random.default_rng(seed)
    images = generator.normal(0, 0.1, (2, n, 32, 32)).astype(np.float32)
    sizes = generator.integers(2, 14, (2, n))
    sizes[1] = np.where(sizes[1] == sizes[0], sizes[1] + 3, sizes[1])
    for when in (0, 1):
        for row in range(n):
            images[when, row, 6 : 6 + sizes[when, row], 6:26] += 1.0
    worse = (sizes[0] > sizes[1]).astype(np.float32)[:, None]
    days = generator.integers(1, 400, (n, 1)).astype(np.float32)
    both = PairImages(images[0], images[1], days, ("days",))
    return Examples.of(both, worse, patients=[f"{prefix}{i}" for i in range(n)], findings=["effusion:worse"])


def test_what_became_worse_is_learned_from_both_images(tmp_path):
    train, test = pairs(100), pairs(60, seed=1, prefix="t")
    model = fit(train, None, recipe(), workdir=tmp_path).model
    told = predict(model, test.images).probabilities[:, 0]
    assert auroc(told, test.targets[:, 0]) > 0.9
    swapped = PairImages(test.images.before, test.images.now, test.images.covariates, ("days",))
    assert auroc(predict(model, swapped).probabilities[:, 0], test.targets[:, 0]) < 0.2


def test_a_missing_covariate_is_flagged_and_none_is_made_up():
    images = np.zeros((2, 32, 32), np.float32)
    told = PairImages(images, images, np.array([[np.nan, 50], [365, np.nan]], np.float32), ("days", "age")).told()
    np.testing.assert_allclose(told, [[0, 0, 1, 0], [0.5, 0, 0, 1]], atol=1e-6)


def test_one_encoder_serves_both_images_and_keeps_its_names():
    plain = build_network(load_recipe({"input": {"size": 32}}), ("a",), seed=0)
    paired = build_network(recipe(covariates=["days", "age"]), ("a:worse",), seed=0)
    assert set(plain.backbone.state_dict()) == set(paired.backbone.state_dict())
    assert paired.width == 2 * plain.width + 4
    with torch.no_grad():
        x = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
        seen = paired.eval().features(torch.cat([x, x, torch.zeros(1, 4, 32, 32)], dim=1))[0]
    assert torch.equal(seen[: plain.width], seen[plain.width : 2 * plain.width])
    assert torch.equal(seen[-4:], torch.zeros(4))


def test_alterations_move_both_images_alike_and_leave_covariates(tmp_path):
    settings = load_recipe({**recipe().model_dump(), "augmentation": {"kind": "limited"}})
    examples = pairs(8)
    same = PairImages(examples.images.now, examples.images.now, examples.images.covariates, ("days",))
    twice = Examples.of(same, examples.targets, patients=examples.patients, findings=examples.findings)
    trainer = Trainer(twice, None, settings, workdir=tmp_path)
    batch, _, _ = trainer.labelled.draw(np.arange(8), torch.Generator().manual_seed(1))
    plain, _, _ = trainer.labelled.plain(np.arange(8))
    assert torch.equal(batch[:, 2:], plain[:, 2:])
    assert not torch.equal(batch[:, :2], plain[:, :2])
    assert (batch[:, 0] - batch[:, 1]).abs().max() < 0.5  # noise aside


def test_pairs_are_cut_into_rows_and_read_in_batches():
    images = pairs(6).images
    batch = PairReader(images[np.array([4, 1])], recipe().input).batch(np.array([1]))
    assert batch.shape == (1, 4, 32, 32)
    assert torch.equal(batch, PairReader(images, recipe().input).batch(np.array([1])))


@pytest.mark.parametrize(
    ("before", "covariates", "names", "words"),
    [((3, 32, 32), (2, 1), ("days",), "later images"), ((2, 32, 32), (3, 1), ("days",), "Covariates have"),
     ((2, 32, 32), (2, 1), ("dose",), "Unknown covariate")],
)
def test_pairs_that_do_not_fit_are_refused(before, covariates, names, words):
    with pytest.raises(DataError, match=words):
        PairImages(np.zeros((2, 32, 32)), np.zeros(before), np.zeros(covariates, np.float32), names)


def test_pairs_and_single_images_are_not_taken_for_each_other(tmp_path):
    images = np.random.default_rng(0).random((4, 32, 32))
    single = Examples.of(images, [[1], [0], [1], [0]], patients="abcd", findings="x")
    with pytest.raises(DataError, match="pairs of images"):
        fit(single, None, recipe(), workdir=tmp_path)
    with pytest.raises(DataError, match="pairs of images"):
        fit(pairs(4), None, load_recipe({"input": {"size": 32}}), workdir=tmp_path)


def test_pairs_of_volumes_are_refused():
    with pytest.raises(RecipeError, match="compares two images"):
        load_recipe({"targets": {"kind": "progression"}, "input": {"volume": "slices"}})
