"""What nested groups and named windows may bring through the door: numbers and known words."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from imaging.dicom.deidentify import deidentify
from imaging.dicom.pixels import store
from imaging.dicom.words import known_words
from tests.imaging.files import KEYS, ct, set_pixels


def item(**elements: Any) -> Sequence:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return Sequence([dataset])


def enhanced() -> Dataset:
    """Two frames with their own positions and rescale, and a comment in each that must stay behind."""
    dataset = ct()
    set_pixels(dataset, np.stack([np.full((16, 12), n, np.uint16) for n in (100, 200)]))
    frames = []
    for n in (0, 1):
        frame = Dataset()
        frame.PlanePositionSequence = item(ImagePositionPatient=[0, 0, 2.5 * n])
        frame.PixelValueTransformationSequence = item(RescaleSlope=1 + n, RescaleIntercept=-1024)
        frame.FrameContentSequence = item(FrameComments="SECRET-7391")
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    return dataset


def test_each_frame_keeps_its_numbers_and_nothing_else() -> None:
    header = deidentify(enhanced(), KEYS, patient_id="4711")
    second = header.PerFrameFunctionalGroupsSequence[1]
    assert second.PlanePositionSequence[0].ImagePositionPatient == [0, 0, 2.5]
    assert second.PixelValueTransformationSequence[0].RescaleSlope == 2
    assert "SECRET" not in str(header)
    assert header.ImagePositionPatient == [-10, -20, 2.5]


def test_the_scale_of_ultrasound_regions_comes_through() -> None:
    regions = item(RegionSpatialFormat=1, PhysicalDeltaX=0.02, PhysicalUnitsXDirection=3, ReferencePixelX0=7)
    header = deidentify(ct(SequenceOfUltrasoundRegions=regions), KEYS, patient_id="4711")
    kept = header.SequenceOfUltrasoundRegions[0]
    assert (kept.PhysicalDeltaX, kept.PhysicalUnitsXDirection) == (0.02, 3)
    assert "ReferencePixelX0" not in kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [("LUNG", "LUNG"), ("Soft Tissue", "SOFT TISSUE"), ("WINDOW1", "WINDOW1"), ("ALGO_2", "ALGO 2"), ("12", ""),
     ("Mustermann", ""), ("LUNG MUSTERMANN", ""), ("LUNG 19610215", ""), ("", ""), (None, ""), ("HARD" * 90, "")],
)
def test_names_of_windows_pass_only_in_known_words(text: str | None, kept: str) -> None:
    assert known_words(text) == kept


def test_several_windows_keep_their_names_in_place() -> None:
    dataset = ct(WindowCenter=[40, 500], WindowWidth=[400, 3000], WindowCenterWidthExplanation=["Dr. Who", "BONE"])
    assert list(deidentify(dataset, KEYS, patient_id="4711").WindowCenterWidthExplanation) == ["", "BONE"]


def test_a_modality_table_is_applied_before_browsers_see_the_pixels() -> None:
    dataset = ct()
    table = item(LUTDescriptor=[4096, 0, 16], LUTData=[(n * 7) % 65536 for n in range(4096)], ModalityLUTType="US")
    del dataset.RescaleSlope, dataset.RescaleIntercept
    dataset.ModalityLUTSequence = table
    before = dataset.pixel_array.astype(int)
    again = dcmread(io.BytesIO(store(dataset, deidentify(dataset, KEYS, patient_id="4711")).content))
    assert "ModalityLUTSequence" not in again
    assert (again.RescaleSlope, again.RescaleIntercept, again.BitsStored) == (1, 0, 16)
    assert np.array_equal(again.pixel_array, before * 7)
