"""Images and series prepared for networks: Hounsfield units kept, sides made alike, gaps named, the way back exact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from imaging import storage
from imaging.dicom.views import Preparation
from imaging.models import Instance
from imaging.pixels import PixelStore, key_of, stores
from imaging.prepared_volume import plane_of
from imaging.preparing import is_turned, prepared, way_of, why_not
from imaging.way import Part
from tests import factories
from tests.imaging.files import ct, save, set_pixels

pytestmark = pytest.mark.django_db
RNG = np.random.default_rng(2)


def imported(folder: Path, positions: list[float], **elements: object) -> list[Instance]:
    """A CT series whose slice at z holds HU 10 z, imported."""
    for number, z in enumerate(positions):
        dataset = ct(number + 1, **elements)
        set_pixels(dataset, np.full((16, 16), round(10 * z) + 1024, np.uint16))
        dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
        dataset.ImagePositionPatient = [0, 0, z]
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        dataset.PixelSpacing = [2, 2]
        save(dataset, folder / f"{number:03d}.dcm")
    factories.import_folder(factories.make_project(), folder)
    return list(Instance.objects.order_by("number"))


def test_a_series_keeps_hounsfield_units_and_its_own_positions(tmp_path: Path) -> None:
    slices = imported(tmp_path, [0, 1, 2, 3.5, 5, 6, 7, 8])
    wanted = Preparation(32, volume="slices", depth=4, values=True)
    made = prepared(slices[0], wanted)
    assert made.shape == (4, 32, 32)
    assert made.dtype == np.int16
    # four cells of 2.25 mm over -0.5 to 8.5 mm; the ends average what there is
    assert np.abs(made[1:3, 16, 16] - 10 * np.array([2.875, 5.125])).max() <= 1


@pytest.mark.parametrize(("positions", "why"), [
    ([0, 1, 2, 3, 4, 5, 6, 7], ""),
    ([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11], ""),
    ([0, 1, 2, 6, 7, 8], "about 3 of 9 slices are missing"),
    ([0, 1], "it has 2 slices"),
    ([0], "do not form a volume"),
])
def test_gaps_and_short_series_are_refused_by_name(tmp_path: Path, positions: list[float], why: str) -> None:
    slices = imported(tmp_path, positions)
    told = why_not(slices[0], Preparation(32, volume="3d", depth=8))
    assert (why in told) if why else told == ""
    assert why_not(slices[0], Preparation(32)) == ""


def test_a_slice_of_another_size_makes_no_volume(tmp_path: Path) -> None:
    for number in range(4):
        dataset = ct(number + 1)
        side = 16 if number else 12
        set_pixels(dataset, RNG.integers(0, 100, (side, side)).astype(np.uint16))
        dataset.ImagePositionPatient = [0, 0, number]
        save(dataset, tmp_path / f"{number}.dcm")
    factories.import_folder(factories.make_project(), tmp_path)
    told = why_not(Instance.objects.first(), Preparation(32, volume="3d", depth=8))
    assert "differ in size" in told


@pytest.mark.parametrize(("modality", "part", "side", "turned"), [
    ("MG", "", "R", True), ("MG", "", "L", False), ("DX", "HAND", "L", True), ("DX", "HAND", "R", False),
    ("DX", "BREAST", "R", True), ("DX", "CHEST", "R", False), ("DX", "CHEST", "", False), ("CR", "", "L", False),
])
def test_sides_are_made_alike_by_the_laterality_and_chests_never_turned(
    modality: str, part: str, side: str, turned: bool
) -> None:
    factories.make_studies(factories.make_project(), 1)
    instance = Instance.objects.get()
    instance.series.modality, instance.series.body_part = modality, part
    instance.metadata = instance.metadata | {"00200062": {"vr": "CS", "Value": [side] if side else []}}
    assert is_turned(instance) is turned
    standard, stored = (prepared(instance, Preparation(32, standard=s, spacing_mm=8.0)) for s in (True, False))
    assert np.array_equal(standard, stored[:, ::-1] if turned else stored)
    assert not np.array_equal(stored, stored[:, ::-1])


@pytest.mark.parametrize("wanted", [
    Preparation(32, standard=True), Preparation(64, spacing_mm=8.0), Preparation(64, standard=True, spacing_mm=7.5),
])
@pytest.mark.parametrize("part", [None, Part(10, 20, 20, 20)])
def test_the_way_back_finds_the_pixel_that_was_bright(wanted: Preparation, part: Part | None) -> None:
    factories.make_studies(factories.make_project(), 1)
    instance = Instance.objects.get()
    instance.series.modality = "MG"
    instance.metadata = instance.metadata | {"00200062": {"vr": "CS", "Value": ["R"]}}
    path = storage.path_of(instance.path)
    dataset = pydicom.dcmread(path)
    pixels = np.zeros((instance.rows, instance.columns), np.uint16)
    pixels[24:28, 14:20] = 4000
    set_pixels(dataset, pixels)
    dataset.save_as(path)
    made = prepared(instance, wanted, part)
    rows, columns = np.nonzero(made > 0.5 * made.max())
    x, y, w, h = way_of(instance, wanted, part).to_image(
        columns.min() - 0.5, rows.min() - 0.5, np.ptp(columns) + 1, np.ptp(rows) + 1
    )
    assert np.abs(np.array([x, y, x + w, y + h]) - [13.5, 23.5, 19.5, 27.5]).max() <= 1.5


def test_a_plane_of_a_volume_is_found_on_its_slice(tmp_path: Path) -> None:
    slices = imported(tmp_path, [float(z) for z in range(16)])
    wanted = Preparation(32, volume="slices", depth=8)
    for plane in range(8):
        shown, way = plane_of(slices[8], wanted, (plane + 0.5) / 8) or (None, None)
        assert shown in (slices[2 * plane], slices[2 * plane + 1])
        assert way is not None
        assert way.to_image(-0.5, -0.5, 32, 32) == (-0.5, -0.5, 16, 16)
    assert plane_of(slices[8], Preparation(32, volume="projections", views=4, projection="max"), 0.5) is None


def test_each_preparation_has_a_store_and_withdrawal_empties_all_of_them(tmp_path: Path) -> None:
    slices = imported(tmp_path, [float(z) for z in range(6)])
    middle, part = slices[3], Part(2, 2, 6, 6, 3)
    ways = [
        Preparation(32), Preparation(32, values=True), Preparation(32, spacing_mm=2.0),
        Preparation(32, volume="3d", depth=4), Preparation(32, volume="tri_planar"),
    ]
    cropped = Preparation(32, volume="slices", depth=4, crop=True)
    for wanted in ways:
        PixelStore(wanted).ensure([middle])
    PixelStore(cropped).ensure([middle], parts={middle.sop_uid: part})
    PixelStore(cropped).ensure([middle])
    assert len({store.folder for store in stores()}) == len(ways) + 1
    assert np.asarray(PixelStore(cropped).rows([key_of(middle.sop_uid, part)])[0]).shape == (4, 32, 32)
    for store in stores():
        store.forget([middle.sop_uid])
        assert store.index() == {}
        assert not (store.folder / "pixels.u16").read_bytes().strip(b"\0")
