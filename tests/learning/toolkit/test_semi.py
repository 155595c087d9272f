import numpy as np
import pytest

from learning.toolkit.data import DataError
from learning.toolkit.semi import select_pseudolabels


def rng(seed=0):
    return np.random.default_rng(seed)


def select(probabilities, seed=0, **changes):
    settings = {"thresholds": 0.9, "max_per_class": 100, "audited_share": 0.0, "imbalance": 100} | changes
    return select_pseudolabels(probabilities, generator=rng(seed), **settings)


def test_both_sides_are_taken_at_their_threshold_and_the_rest_is_not_assessed():
    chosen = select([[0.9], [0.89], [0.5], [0.11], [0.1]])
    np.testing.assert_equal(chosen.targets[:, 0], [1, np.nan, np.nan, np.nan, 0])
    assert (chosen.positives, chosen.negatives) == ((1,), (1,))
    assert chosen.rows.tolist() == [0, 4]


def test_thresholds_hold_per_finding():
    chosen = select([[0.8, 0.8], [0.2, 0.2]], thresholds=[0.75, 0.95])
    assert (chosen.positives, chosen.negatives) == ((1, 0), (1, 0))


def test_cap_of_zero_selects_nothing():
    chosen = select(rng().random((50, 2)), max_per_class=0, audited_share=1.0)
    assert np.isnan(chosen.targets).all()
    assert not chosen.audited.any()
    assert len(chosen.rows) == 0


def test_cap_keeps_the_most_confident():
    p = np.array([[0.91], [0.99], [0.95], [0.01], [0.09], [0.05]])
    chosen = select(p, max_per_class=2)
    np.testing.assert_equal(chosen.targets[:, 0], [np.nan, 1, 1, 0, np.nan, 0])


def test_sides_stay_in_balance():
    p = np.r_[np.full(4, 0.99), np.full(400, 0.01)][:, None]
    chosen = select(p, max_per_class=1000, imbalance=3)
    assert (chosen.positives, chosen.negatives) == ((4,), (12,))
    only_negatives = select(p[4:], max_per_class=1000, imbalance=3)
    assert len(only_negatives.rows) == 0


@pytest.mark.parametrize(("share", "count"), [(0, 0), (0.1, 2), (0.05, 1), (0.051, 2), (1, 20)])
def test_audited_share_is_drawn_from_the_selected_and_rounded_up(share, count):
    p = np.r_[np.full(10, 0.99), np.full(10, 0.01), np.full(30, 0.5)][:, None]
    chosen = select(p, audited_share=share)
    assert chosen.audited.sum() == count
    assert not chosen.audited[20:].any()


def test_ties_at_the_cap_are_drawn_by_the_generator():
    p = np.r_[np.full(30, 0.95), np.full(30, 0.05)][:, None]
    drawn = {tuple(select(p, seed=seed, max_per_class=5).rows) for seed in range(5)}
    assert len(drawn) == 5
    assert tuple(select(p, seed=3, max_per_class=5).rows) in drawn


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"thresholds": 0.5}, "above 0.5"),
        ({"thresholds": 1.01}, "above 0.5"),
        ({"max_per_class": -1}, "cap"),
        ({"audited_share": 1.1}, "audited share"),
        ({"imbalance": 0.5}, "imbalance"),
    ],
)
def test_settings_out_of_range_are_refused(changes, told):
    with pytest.raises(DataError, match=told):
        select([[0.9]], **changes)


def test_missing_probabilities_are_refused():
    with pytest.raises(DataError, match="without missing"):
        select([[np.nan]])
