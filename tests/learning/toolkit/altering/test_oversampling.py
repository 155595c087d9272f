import numpy as np
import pytest

from learning.toolkit.oversampling import oversample

KINDS = ("smote", "borderline_smote", "adasyn")


def cloud(seed=0):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(0, 1, (60, 3)), rng.normal(1.5, 1, (12, 3))]), np.repeat([0.0, 1.0], [60, 12])


def made(kind, seed=0, features=None, targets=None):
    x, y = cloud() if features is None else (features, targets)
    new_x, new_y = oversample(x, y, kind, generator=np.random.default_rng(seed))
    assert np.array_equal(new_x[: len(x)], x)
    assert np.array_equal(new_y[: len(y)], y)
    return new_x[len(x) :], new_y[len(y) :]


@pytest.mark.parametrize("kind", KINDS)
def test_synthetic_cases_make_both_sides_equally_many(kind):
    x, y = made(kind)
    assert len(x) == 48
    assert (y == 1).all()
    again, _ = made(kind)
    assert np.array_equal(x, again)


@pytest.mark.parametrize("kind", KINDS)
def test_each_synthetic_case_lies_between_a_rare_case_and_one_of_its_5_nearest_rare_ones(kind):
    x, y = cloud()
    rare = x[y == 1]
    for point in made(kind)[0]:
        explained = False
        for a in rare:
            near = np.argsort(np.linalg.norm(rare - a, axis=1))[1:6]
            for b in rare[near]:
                share = (point - a) @ (b - a) / ((b - a) @ (b - a))
                explained |= bool(-1e-9 <= share <= 1 + 1e-9 and np.allclose(a + share * (b - a), point))
        assert explained


def two_places():
    """Ten rare cases far from everything, and two among the frequent ones."""
    rng = np.random.default_rng(1)
    far, close, many = rng.normal(50, 1, (20, 2)), rng.normal(0, 0.3, (4, 2)), rng.normal(0, 1, (80, 2))
    return np.concatenate([far, close, many]), np.repeat([1.0, 0.0], [24, 80])


def test_borderline_smote_and_adasyn_work_where_the_sides_meet():
    x, y = two_places()
    starts = {}
    for kind in KINDS:
        points = made(kind, features=x, targets=y)[0]
        starts[kind] = (np.abs(points).max(axis=1) < 40).mean()
    assert starts["smote"] < 0.5
    assert min(starts["adasyn"], starts["borderline_smote"]) > 0.7


def test_a_rare_case_wholly_among_the_others_is_noise_to_borderline_smote():
    x, y = two_places()
    x = np.concatenate([x, [[0.0, 0.0]]])
    y = np.append(y, 1.0)
    alone = np.concatenate([np.tile([[30.0, 30.0]], (1, 1)), np.random.default_rng(0).normal(30, 0.1, (20, 2))])
    x, y = np.concatenate([x, alone]), np.concatenate([y, [1.0], np.zeros(20)])
    points = made("borderline_smote", features=x, targets=y)[0]
    assert not ((points.min(axis=1) > 31) & (points.max(axis=1) < 45)).any()  # on the way from it to the far ones


@pytest.mark.parametrize("rare", [0, 1])
@pytest.mark.parametrize("kind", KINDS)
def test_with_fewer_than_two_rare_cases_nothing_is_made(kind, rare):
    x, y = np.random.default_rng(0).normal(size=(10, 2)), np.r_[np.ones(rare), np.zeros(10 - rare)]
    assert len(made(kind, features=x, targets=y)[0]) == 0


def test_the_rarer_side_may_be_the_absent_one():
    x, y = cloud()
    assert (made("smote", features=x, targets=1 - y)[1] == 0).all()


def test_none_changes_nothing():
    assert len(made("none")[0]) == 0
