"""Marks on slices, on the grid of a network and back."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.dicom.grid import Axis, on_grid
from imaging.dicom.slices import onto_slices, said_on_grid, spacing_on_grid

UNKNOWN = 255


def axes_of(slices: int, rows: int, columns: int, spacing: tuple[float, float, float]) -> tuple[Axis, Axis, Axis]:
    along = Axis(np.arange(slices) * spacing[0] + 3.0, spacing[0])
    return along, Axis.regular(rows, spacing[1]), Axis.regular(columns, spacing[2])


def test_rows_and_columns_have_one_scale_and_planes_their_own():
    assert spacing_on_grid(axes_of(10, 40, 20, (5.0, 0.5, 0.5)), (5, 16, 16)) == (10.0, 1.25, 1.25)


def test_a_grid_of_the_volumes_own_shape_says_what_the_slices_say():
    said = np.random.default_rng(0).choice([0, 1, UNKNOWN], size=(6, 16, 16)).astype(np.uint8)
    found = said_on_grid(lambda n: said[n], axes_of(6, 16, 16, (5.0, 0.7, 0.7)), (6, 16, 16), unknown=UNKNOWN)
    assert np.array_equal(found, said)


def test_a_voxel_takes_what_most_of_its_slices_say_and_an_untold_half_decides_nothing():
    said = np.zeros((4, 4, 4), np.uint8)
    said[0], said[1] = 1, UNKNOWN  # half of the first voxel is told
    said[2], said[3, :, :2] = UNKNOWN, UNKNOWN
    found = said_on_grid(lambda n: said[n], axes_of(4, 4, 4, (2.0, 1.0, 1.0)), (2, 4, 4), unknown=UNKNOWN)
    assert (found[0] == 1).all()
    assert (found[1, :, :2] == UNKNOWN).all()
    assert (found[1, :, 2:] == 0).all()


def test_what_lies_beside_a_volume_that_is_not_square_is_not_known():
    said = np.zeros((4, 16, 8), np.uint8)
    found = said_on_grid(lambda n: said[n], axes_of(4, 16, 8, (2.0, 1.0, 1.0)), (4, 16, 16), unknown=UNKNOWN)
    assert (found[:, :, 4:12] == 0).all()
    assert (found[:, :, :4] == UNKNOWN).all()
    assert (found[:, :, 12:] == UNKNOWN).all()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_ramp_comes_back_onto_the_slices_where_it_was(axis: int):
    axes = axes_of(7, 20, 12, (4.0, 0.8, 0.8))
    ramp = np.broadcast_to(axes[axis].positions.reshape([-1 if a == axis else 1 for a in range(3)]), (7, 20, 12))
    grid = on_grid(lambda n: ramp[n], axes, (14, 40, 40), pad=0.0)
    back = np.stack(list(onto_slices(grid, axes)))
    assert back.shape == (7, 20, 12)
    inner = tuple(slice(1, -1) for _ in range(3))
    assert np.allclose(back[inner], ramp[inner], atol=0.02 * axes[axis].step)


def test_slices_at_uneven_places_are_read_where_they_lie():
    axes = (Axis(np.array([0.0, 2.0, 4.0, 10.0]), 2.0), Axis.regular(4, 1.0), Axis.regular(4, 1.0))
    places = axes[0].positions
    grid = on_grid(lambda n: np.full((4, 4), places[n], np.float32), axes, (12, 4, 4), pad=0.0)
    assert [round(float(one.mean()), 1) for one in onto_slices(grid, axes)][1:3] == [2.0, 4.0]
