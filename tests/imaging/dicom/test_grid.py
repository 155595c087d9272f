"""Resampling, turning and cutting: ramps stay ramps, known volumes have known planes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from imaging.dicom.grid import AS_STORED, Axis, Focus, on_grid, projections, sampling, targets, three_planes, turn_of
from imaging.dicom.views import Preparation, image_on_grid, planes_on_grid

RNG = np.random.default_rng(0)


def axes(shape: tuple[int, int, int], spacing: tuple[float, float, float] = (1, 1, 1)) -> tuple[Axis, Axis, Axis]:
    first, second, third = (Axis.regular(n, s) for n, s in zip(shape, spacing, strict=True))
    return first, second, third


@pytest.mark.parametrize(("spacing", "step"), [(1.0, 1.0), (1.0, 2.5), (0.7, 1.9), (2.0, 0.5), (3.3, 3.3)])
def test_a_ramp_resampled_is_the_same_ramp(spacing: float, step: float) -> None:
    axis = Axis.regular(60, spacing)
    wanted = targets(int(40 * spacing / step), step, axis.middle)
    weights, inside = sampling(axis, wanted, step)
    assert inside.all()
    assert_allclose(weights @ (3 * axis.positions - 7), 3 * wanted - 7, atol=2e-4)


def test_a_ramp_of_unevenly_spaced_slices_is_the_same_ramp() -> None:
    positions = np.cumsum(RNG.uniform(0.5, 3, 40))
    axis = Axis(positions, float(np.median(np.diff(positions))))
    wanted = targets(9, 4.0, axis.middle)
    weights, _ = sampling(axis, wanted, 4.0)
    assert_allclose(weights @ positions, wanted, atol=1e-4)


def test_what_lies_outside_is_padded_and_what_fits_is_untouched() -> None:
    volume = RNG.normal(0, 1, (4, 6, 6)).astype(np.float32)
    made = on_grid(lambda n: volume[n], axes((4, 6, 6)), (6, 8, 8), spacing_mm=1.0, pad=-9.0)
    assert_array_equal(made[1:5, 1:7, 1:7], volume)
    made[1:5, 1:7, 1:7] = -9
    assert (made == -9).all()


def test_rows_and_columns_share_a_scale_and_slices_have_their_own() -> None:
    volume = np.ones((8, 16, 8), np.float32)
    made = on_grid(lambda n: volume[n], axes((8, 16, 8)), (4, 8, 8))
    assert_allclose(made.any(axis=(0, 1)), [False, False, True, True, True, True, False, False])
    assert made.any(axis=(1, 2)).all()


def test_spacing_gives_millimetres_whatever_the_pixels_measure() -> None:
    square = np.zeros((40, 20), np.float32)
    square[10:30, 5:15] = 1  # 10 mm high at 0.5 mm, 10 mm wide at 1 mm
    made = image_on_grid(square, (0.5, 1.0), Preparation(32, spacing_mm=1.0))
    assert_allclose(made.sum(), 100, rtol=1e-3)
    assert_allclose([made.sum(axis=0).max(), made.sum(axis=1).max()], [10, 10], rtol=1e-3)


def test_each_slice_is_read_once_and_only_when_it_is_needed() -> None:
    asked: list[int] = []

    def slice_at(n: int) -> np.ndarray:
        asked.append(n)
        return np.zeros((8, 8))

    planes_on_grid(slice_at, axes((50, 8, 8)), Preparation(32, volume="slices", depth=5))
    assert asked == sorted(set(asked))
    asked.clear()
    planes_on_grid(slice_at, axes((50, 8, 8)), Preparation(32, volume="2.5d"))
    assert asked == [24, 25, 26]


@pytest.mark.parametrize(("orientation", "turn"), [
    pytest.param((1, 0, 0, 0, 1, 0), ((0, 1), (1, 1), (2, 1)), id="axial"),
    pytest.param((-1, 0, 0, 0, -1, 0), ((0, 1), (1, -1), (2, -1)), id="axial, prone"),
    pytest.param((1, 0, 0, 0, -1, 0), ((0, -1), (1, -1), (2, 1)), id="axial, head first turned over"),
    pytest.param((1, 0, 0, 0, 0, -1), ((1, 1), (0, -1), (2, 1)), id="coronal"),
    pytest.param((0, 1, 0, 0, 0, -1), ((2, -1), (0, -1), (1, 1)), id="sagittal"),
    pytest.param((), AS_STORED, id="not told"),
])
def test_orientation_says_how_a_volume_is_turned(
    orientation: tuple[float, ...], turn: tuple[tuple[int, int], ...]
) -> None:
    assert turn_of(orientation) == turn


@pytest.mark.parametrize("orientation", [
    (1, 0, 0, 0, 1, 0), (-1, 0, 0, 0, -1, 0), (1, 0, 0, 0, 0, -1), (0, 1, 0, 0, 0, -1), (0, -1, 0, 0, 0, -1),
])
def test_a_body_scanned_in_any_plane_comes_out_the_same(orientation: tuple[float, ...]) -> None:
    """`body[z, y, x]` is read as a scanner would in this orientation, and turned back."""
    body = RNG.normal(0, 1, (8, 8, 8)).astype(np.float32)
    columns, rows = np.array(orientation[:3]), np.array(orientation[3:])
    normal = np.cross(columns, rows)
    scanned = np.empty_like(body)
    for n in range(8):
        for r in range(8):
            for c in range(8):
                world = (normal * (n - 3.5) + rows * (r - 3.5) + columns * (c - 3.5) + 3.5).round().astype(int)
                scanned[n, r, c] = body[world[2], world[1], world[0]]
    made = on_grid(lambda n: scanned[n], axes((8, 8, 8)), (8, 8, 8), turn=turn_of(orientation))
    assert_array_equal(made, body)


def test_a_focus_cuts_a_cube_around_a_place() -> None:
    volume = RNG.normal(0, 1, (20, 20, 20)).astype(np.float32)
    middle = Focus((8.0, 10.0, 12.0), 8.0)
    made = on_grid(lambda n: volume[n], axes((20, 20, 20)), (8, 8, 8), focus=middle)
    assert_array_equal(made, volume[4:12, 6:14, 8:16])


def test_a_mirrored_image_is_mirrored_once() -> None:
    image = RNG.normal(0, 1, (8, 8)).astype(np.float32)
    assert_array_equal(image_on_grid(image, (1, 1), Preparation(8)), image)
    assert_array_equal(image_on_grid(image, (1, 1), Preparation(8), mirror=True), image[:, ::-1])


def test_planes_and_projections_equal_indices_and_maxima() -> None:
    cube = RNG.normal(0, 1, (9, 9, 9)).astype(np.float32)
    assert_array_equal(three_planes(cube), np.stack([cube[4], cube[::-1, 4], cube[::-1, :, 4]]))
    front, side = projections(cube, 2, "max")
    assert_array_equal(front, cube[::-1].max(axis=1))
    assert_array_equal(side, cube[::-1].max(axis=2))
    assert_allclose(projections(cube, 1, "mean")[0], cube[::-1].mean(axis=1), atol=1e-6)


def test_an_oblique_projection_is_the_one_counted_by_hand() -> None:
    """A bright rod along the slices, off the centre: at 45 degrees it moves as the rotation says."""
    cube = np.zeros((5, 21, 21), np.float32)
    cube[:, 10, 17] = 1
    eighth = projections(cube, 4, "max")[1][2]
    assert int(eighth.argmax()) == 10 + round(7 * np.cos(np.pi / 4))


@pytest.mark.parametrize("wanted", [
    Preparation(64), Preparation(64, values=True, spacing_mm=1.5), Preparation(32, volume="slices", depth=16),
    Preparation(32, volume="projections", views=8, projection="max", standard=True, crop=True),
])
def test_a_preparation_has_a_name_of_its_own_and_comes_back_from_json(wanted: Preparation) -> None:
    assert Preparation.of(wanted.as_dict() | {"of another version": 1}) == wanted
    others = {Preparation(64), Preparation(32), Preparation(64, values=True), Preparation(64, spacing_mm=1.5)}
    assert wanted.name not in {other.name for other in others if other != wanted}
