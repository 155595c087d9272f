"""Where new images come from, against those that a model learned from."""

import numpy as np
import pytest

from learning.toolkit.data import DataError
from learning.toolkit.mix import MIX_P, mixes


def drawn(rng, shares, n):
    names = list(shares)
    return rng.choice(names, n, p=list(shares.values())).tolist()


def test_a_new_site_is_named_and_the_mix_differs():
    before, after = {"site": ["S-A"] * 40}, {"site": ["S-A"] * 20 + ["S-B"] * 20}
    (one,) = mixes(before, after)
    assert one.differs
    assert one.unseen == ("S-B",)
    assert {name: (m, n) for name, m, n in one.groups} == {"S-A": (40, 20), "S-B": (0, 20)}
    assert "Never seen in training: S-B" in one.sentence


def test_the_same_mix_is_called_another_no_oftener_than_its_level_says():
    rng = np.random.default_rng(1)
    shares = {"a": 0.6, "b": 0.3, "c": 0.1}
    p_values = [
        mixes({"x": drawn(rng, shares, 60)}, {"x": drawn(rng, shares, 40)}, permutations=200, seed=k)[0].p_value
        for k in range(200)
    ]
    assert np.mean(np.array(p_values) < 0.1) < 0.16
    assert np.mean(np.array(p_values) < MIX_P) < 0.04


def test_a_few_images_of_a_new_site_are_named_though_no_test_can_tell():
    (one,) = mixes({"site": ["a"] * 30}, {"site": ["a"] * 29 + ["b"]})
    assert not one.differs
    assert one.unseen == ("b",)


def test_p_values_are_adjusted_over_the_attributes():
    before, after = {"site": ["a"] * 12 + ["b"] * 8}, {"site": ["a"] * 6 + ["b"] * 14}
    alone = mixes(before, after)[0].p_value
    both = mixes(before | {"sex": ["F", "M"] * 10}, after | {"sex": ["F", "M"] * 10})
    assert both[0].p_value == pytest.approx(2 * alone, abs=0.02)
    assert both[1].p_value == pytest.approx(1, abs=0.01)


def test_what_is_not_known_or_the_same_everywhere_is_left_out():
    assert mixes({"site": [""] * 9, "sex": ["F"] * 9}, {"site": ["a"] * 9, "sex": ["F"] * 9}) == []


def test_sides_of_different_attributes_are_refused():
    with pytest.raises(DataError, match="no site"):
        mixes({"site": ["a"]}, {})
