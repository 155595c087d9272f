"""Boxes from activation maps: where the evidence lies, or nothing."""

from __future__ import annotations

import numpy as np
import pytest

from learning.toolkit.localise import activation_boxes

SURE = np.ones((1, 1), np.float32)


def bump(rows: slice, columns: slice) -> np.ndarray:
    activation = np.zeros((1, 1, 16, 16), np.float32)
    activation[..., rows, columns] = 1.0
    return activation


def test_a_bump_becomes_its_box_in_pixels_of_the_square() -> None:
    (box,) = activation_boxes(bump(slice(2, 6), slice(4, 10)), SURE, size=64)
    assert (box.x, box.y, box.w, box.h) == (15.5, 7.5, 24.0, 16.0)


@pytest.mark.parametrize("activation", [
    pytest.param(np.zeros((1, 1, 16, 16), np.float32), id="flat"),
    pytest.param(bump(slice(0, 16), slice(0, 8)), id="half the image points nowhere"),
])
def test_nothing_is_boxed_where_the_map_points_nowhere(activation: np.ndarray) -> None:
    assert activation_boxes(activation, SURE, size=64, most=0.35) == []


def test_an_unlikely_finding_gets_no_box() -> None:
    assert activation_boxes(bump(slice(2, 6), slice(4, 10)), np.full((1, 1), 0.4, np.float32), size=64) == []
