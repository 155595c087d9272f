"""Studies of several images: what their views hold, and that an absent view says nothing."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from learning.toolkit.augment import augment
from learning.toolkit.data import DataError
from learning.toolkit.nets import build_network
from learning.toolkit.prediction import predict
from learning.toolkit.readers import make_reader
from learning.toolkit.studies import ViewList, by_study, stacked
from learning.toolkit.train import fit
from tests.learning.toolkit.shapes import FINDINGS, squares, tiny_recipe

EXAMPLES = squares(8, seed=1, missing=0.0)
STUDIES = ["a", "a", "b", "b", "c", "c", "d", "d"]  # two images of each patient, as `squares` gives them


def test_images_of_a_study_become_its_views():
    images = (np.arange(8 * 4).reshape(8, 2, 2) * 8).astype(np.uint8)
    gap = np.nan
    targets = np.array([[1, 0], [0, gap], [gap, gap], [gap, 0], [0.5, 0], [0, 0], [0, 1], [1, 1]], np.float32)
    weights = np.ones_like(targets)
    weights[7] = 3
    given = replace(EXAMPLES, images=images, targets=targets, weights=weights)
    order = [4, 0, 1, 2, 3, 5, 6, 7]
    found = by_study(given.take(order), [STUDIES[i] for i in order], views=3)
    assert found.keys == ("k4", "k0", "k2", "k6")
    assert found.patients == ("p2", "p0", "p1", "p3")
    np.testing.assert_array_equal(found.targets, [[0.5, 0], [1, 0], [np.nan, 0], [1, 1]])
    np.testing.assert_array_equal(found.weights[3], [3, 3])
    np.testing.assert_allclose(found.images[1, :2], images[:2] / 255, atol=1e-7)
    assert np.isnan(found.images[:, 2]).all()


def test_more_images_than_views_are_cut_and_one_view_is_the_image():
    found = by_study(EXAMPLES, STUDIES, views=1)
    assert found.images.shape == (4, 1, 32, 32)
    np.testing.assert_array_equal(found.images[:, 0], EXAMPLES.images[::2])


WRONG = {
    "a study of two patients": (["a"] * 8, "several patients"),
    "too few names": (["a"] * 3, "must agree"),
}


@pytest.mark.parametrize("name", WRONG)
def test_lists_that_do_not_fit_are_refused(name):
    studies, told = WRONG[name]
    with pytest.raises(DataError, match=told):
        by_study(EXAMPLES, studies, views=2)


def recipe(views, combine="mean", **sections):
    given = {"size": 32, "volume": "views", "views": views, "combine": combine}
    return tiny_recipe(input=given, augmentation={"kind": "none"}, **sections)


@pytest.mark.parametrize("combine", ["mean", "max", "attention"])
def test_an_absent_view_changes_no_answer(combine):
    """Two views and a third that is absent answer as the same two do when a study has two at most."""
    two, three = (by_study(EXAMPLES, STUDIES, views=v) for v in (2, 3))
    nets = [build_network(recipe(v, combine), FINDINGS, seed=5) for v in (2, 3)]
    told = [predict(net, cases.images).probabilities for net, cases in zip(nets, (two, three), strict=True)]
    if combine == "attention":  # knows each view's place among those there may be
        assert np.isfinite(told[1]).all()
    else:
        np.testing.assert_allclose(told[0], told[1], atol=1e-6)
    filled = three.images.copy()
    filled[:, 2] = filled[:, 0, ::-1] ** 2
    assert not np.allclose(predict(nets[1], filled).probabilities, told[1], atol=1e-6)


def test_studies_train_as_single_images_do(tmp_path):
    cases = by_study(squares(48, seed=2), [f"s{i // 2}" for i in range(48)], views=3)
    result = fit(cases, None, recipe(3, "max"), workdir=tmp_path)
    assert np.isfinite(predict(result.model, cases.images).probabilities).all()
    frozen = fit(cases, None, recipe(3, "mean", tuning={"kind": "frozen"}), workdir=tmp_path)
    assert torch.isfinite(frozen.model.head.weight).all()


def test_views_put_together_on_demand_are_those_of_the_table():
    groups = [[0, 1], [3], [2, 4, 5]]
    lazy = ViewList(EXAMPLES.images, groups, 2)
    whole = stacked(EXAMPLES.images, groups, views=2)
    assert lazy.shape == whole.shape
    for rows in ([2, 0], slice(1, 3), np.array([1]), np.array([True, False, True])):
        np.testing.assert_array_equal(lazy[rows], whole[rows])
    np.testing.assert_array_equal(lazy[1], whole[1])


def test_alterations_leave_an_absent_view_absent():
    cases = by_study(EXAMPLES, STUDIES, views=3)
    part = tiny_recipe().augmentation
    batch = make_reader(cases.images, recipe(3).input).batch(np.arange(4))
    altered = augment(batch, part, generator=torch.Generator().manual_seed(0))
    assert torch.isnan(altered[:, 2]).all()
    assert torch.isfinite(altered[:, :2]).all()
