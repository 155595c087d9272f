"""Each alteration by itself: what it changes, how much at most, and to both sides."""

import numpy as np
import pytest
import torch

from learning.recipe_parts import AugmentationPart
from learning.recipe_parts.alterations import POLICIES, Plan
from learning.toolkit.augment import apply, augment
from tests.learning.toolkit.altering.landmarks import found_in, images_of

N, ARM = 120, 0.4
CROSS = np.array([[0.0, 0.0], [ARM, 0.0], [0.0, ARM]])
"""A dot in the middle, one to its right and one below."""


def alone(monkeypatch, batch, **ranges):
    """The batch altered by these alone, each as far as it says."""
    monkeypatch.setattr(apply, "plan_of", lambda part: Plan(ranges, {}))
    return augment(batch, AugmentationPart(), generator=torch.Generator().manual_seed(3))


def unit(image):
    """Network input, -2 to 2, as brightness 0 to 1."""
    return (image / 4 + 0.5).flatten(1)


def spans(values, low, high):
    """All values lie between the ends, and some within a tenth of the span from each."""
    slack = 0.1 * (high - low)
    assert low - 0.03 * (high - low) <= float(min(values)) < low + slack, (min(values), low)
    assert high - slack < float(max(values)) <= high + 0.03 * (high - low), (max(values), high)


def middles(monkeypatch, **ranges):
    """N x 3 x 2 places of the cross's dots afterwards; dots that have left the image are left out with it."""
    found = found_in(alone(monkeypatch, images_of(np.repeat(CROSS[None], N, axis=0)), **ranges))
    return found[~np.isnan(found).any(axis=(1, 2))]


def arms(monkeypatch, **ranges):
    """N x 2 x 2: to the right and down, in arms' lengths."""
    found = middles(monkeypatch, **ranges)
    assert len(found) > 0.6 * N
    return (found[:, 1:] - found[:, :1]) / ARM


def test_brightness_is_added_up_to_its_share_of_the_range(monkeypatch):
    seen = unit(alone(monkeypatch, torch.zeros(N, 1, 8, 8), brightness=0.2))
    assert float((seen - seen[:, :1]).abs().max()) < 1e-6
    spans(seen[:, 0] - 0.5, -0.2, 0.2)


def test_contrast_grows_and_shrinks_about_the_images_mean(monkeypatch):
    steps = torch.linspace(-1, 0.4, 64).reshape(1, 1, 8, 8).repeat(N, 1, 1, 1)
    seen = unit(alone(monkeypatch, steps, contrast=0.4))
    torch.testing.assert_close(seen.mean(1), unit(steps).mean(1))
    spans((seen[:, -1] - seen[:, 0]) / 0.35, 0.6, 1.4)


def test_gamma_is_a_power_between_its_inverse_and_itself(monkeypatch):
    seen = unit(alone(monkeypatch, torch.full((N, 1, 8, 8), -1.0), gamma=1.6))
    spans((torch.log(seen[:, 0]) / np.log(0.25)).log(), -np.log(1.6), np.log(1.6))


def test_noise_has_mean_0_a_spread_of_its_own_in_each_image_and_is_one_for_all_channels(monkeypatch):
    seen = unit(alone(monkeypatch, torch.zeros(N, 2, 64, 64), noise=0.05)).reshape(N, 2, -1) - 0.5
    assert torch.equal(seen[:, 0], seen[:, 1])
    spans(seen[:, 0].std(dim=1), 0, 0.05)
    assert float(seen.mean().abs()) < 1e-4


def test_blur_spreads_a_point_by_its_width_and_loses_nothing(monkeypatch):
    point = torch.full((N, 1, 33, 33), -2.0)
    point[:, :, 16, 16] = 2.0
    seen = unit(alone(monkeypatch, point, blur=1.5)).reshape(N, 33, 33)
    torch.testing.assert_close(seen.sum(dim=(1, 2)), torch.ones(N), atol=1e-4, rtol=0)
    away = (torch.arange(33.0) - 16) ** 2
    for axis in (1, 2):
        spans((seen.sum(dim=axis) * away).sum(1).clamp_min(0).sqrt(), 0, 1.5)


def test_rotation_turns_both_ways_and_keeps_lengths(monkeypatch):
    found = arms(monkeypatch, rotation=30)
    spans(np.degrees(np.arctan2(found[:, 0, 1], found[:, 0, 0])), -30, 30)
    assert np.abs(np.linalg.norm(found, axis=2) - 1).max() < 0.02


def test_scale_is_of_both_sides_alike(monkeypatch):
    found = np.linalg.norm(arms(monkeypatch, scale=0.2), axis=2)
    spans(found[:, 0], 0.8, 1.2)
    assert np.abs(found[:, 0] - found[:, 1]).max() < 0.01


def test_stretch_is_of_one_side_against_the_other(monkeypatch):
    found = np.linalg.norm(arms(monkeypatch, stretch=0.35), axis=2)
    spans(np.log(found[:, 0] / found[:, 1]), -np.log(1.35), np.log(1.35))
    assert np.abs(found.prod(axis=1) - 1).max() < 0.02


def test_shear_leans_columns_and_leaves_rows(monkeypatch):
    found = arms(monkeypatch, shear=15)
    spans(np.degrees(np.arctan(found[:, 1, 0] / found[:, 1, 1])), -15, 15)
    assert np.abs(found[:, 0] - [1, 0]).max() < 0.01


def test_shift_goes_all_four_ways(monkeypatch):
    found = middles(monkeypatch, shift=0.15)[:, 0]
    spans(found[:, 0], -0.3, 0.3)
    spans(found[:, 1], -0.3, 0.3)
    assert abs(np.corrcoef(found.T)[0, 1]) < 0.3


def test_crop_shows_a_part_from_anywhere_larger_on_both_sides_alike(monkeypatch):
    found = middles(monkeypatch, crop=0.4)
    size = (found[:, 1, 0] - found[:, 0, 0]) / ARM
    assert 1 <= size.min() + 1e-2 < 1.1
    assert 1.4 < size.max() < 1 / 0.6 + 0.02
    assert np.abs(size - (found[:, 2, 1] - found[:, 0, 1]) / ARM).max() < 0.02
    for axis in (0, 1):
        moved = found[:, 0, axis]
        assert np.abs(moved).max() <= (size - 1).max() + 0.02
        assert moved.min() < -0.2
        assert moved.max() > 0.2


def test_elastic_displaces_by_its_share_of_a_side_and_by_another_amount_elsewhere(monkeypatch):
    found = middles(monkeypatch, elastic=0.02) - CROSS
    assert 0.6 * 0.04 < found.std() < 1.2 * 0.04
    assert np.corrcoef(found[:, 0, 0], found[:, 2, 0])[0, 1] < 0.9


@pytest.mark.parametrize(("name", "axis"), [("lateral_flip", 0), ("vertical_flip", 1)])
@pytest.mark.parametrize("also", [{}, {"scale": 1e-6}], ids=["pixel by pixel", "with other geometry"])
def test_mirroring_is_along_its_own_axis_and_of_its_share_of_the_images(monkeypatch, name, axis, also):
    found = arms(monkeypatch, **{name: 0.5}, **also)
    sides = found[:, axis, axis]
    assert np.abs(np.abs(sides) - 1).max() < 0.01
    assert 0.35 * N < (sides < 0).sum() < 0.65 * N
    assert np.abs(found[:, 1 - axis, 1 - axis] - 1).max() < 0.01


def test_policies_rise_from_limited_to_strong():
    assert POLICIES["limited"] == {"rotation": 10, "scale": 0.1, "shift": 0.1, "gamma": 1.25, "noise": 0.02}
    for weaker, stronger in (("limited", "standard"), ("standard", "strong")):
        assert all(POLICIES[stronger][name] >= most for name, most in POLICIES[weaker].items())
        assert POLICIES[stronger]["rotation"] > POLICIES[weaker]["rotation"]
