"""Phantoms as DICOM: what the standard requires of a DX image and a CT image is there, and geometry agrees."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.uid import UID

from imaging.dicom.reading import to_bytes
from imaging.phantoms import ct_datasets, radiograph_dataset, render_ct, render_radiograph, sample_thorax

PATIENT_STUDY = {
    1: "SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality",
    2: "PatientName PatientID PatientBirthDate PatientSex StudyDate StudyTime ReferringPhysicianName StudyID "
       "AccessionNumber SeriesNumber Manufacturer InstanceNumber",
}
PIXELS = {
    1: "SamplesPerPixel PhotometricInterpretation Rows Columns BitsAllocated BitsStored HighBit PixelRepresentation "
       "PixelData ImageType RescaleIntercept RescaleSlope RescaleType WindowCenter WindowWidth",
}
DX = {  # PS3.3 A.26: DX Series, DX Anatomy Imaged, DX Image, DX Detector, Acquisition Context
    1: "PresentationIntentType ImageLaterality PixelIntensityRelationship PixelIntensityRelationshipSign "
       "PresentationLUTShape LossyImageCompression BurnedInAnnotation ImagerPixelSpacing",
    2: "AnatomicRegionSequence AcquisitionContextSequence DetectorType PositionerType PatientOrientation "
       "ViewCodeSequence",
}
CT = {  # PS3.3 A.3: Frame of Reference, Image Plane, CT Image
    1: "FrameOfReferenceUID PixelSpacing ImageOrientationPatient ImagePositionPatient",
    2: "PositionReferenceIndicator SliceThickness KVP AcquisitionNumber PatientPosition",
}
SHAPES = {
    "DA": r"\d{8}", "TM": r"\d{6}(\.\d+)?", "UI": r"[0-9.]{3,64}", "CS": r"[A-Z0-9_ ]{1,16}", "AS": r"\d{3}[DWMY]",
    "DS": r"[-+0-9.eE]{1,16}", "IS": r"[-+0-9]{1,12}", "SH": r".{0,16}", "LO": r".{0,64}",
}


def written(dataset: Dataset) -> Dataset:
    return dcmread(io.BytesIO(to_bytes(dataset)))


def dx() -> Dataset:
    thorax = sample_thorax(seed=2, index=3)
    return written(radiograph_dataset(thorax, render_radiograph(thorax, rows=80, columns=64), patient_id="P1"))


def ct() -> list[Dataset]:
    thorax = sample_thorax(seed=2, index=3)
    return [written(d) for d in ct_datasets(thorax, render_ct(thorax, shape=(6, 40, 32)), patient_id="P1")]


def check(dataset: Dataset, *modules: dict[int, str]) -> None:
    for module in modules:
        for keyword in module.get(1, "").split():
            assert keyword in dataset, f"{keyword} (type 1) is missing"
            assert dataset[keyword].value not in (None, "", []), f"{keyword} (type 1) is empty"
        for keyword in module.get(2, "").split():
            assert keyword in dataset, f"{keyword} (type 2) is missing"


def check_values(dataset: Dataset) -> None:
    for element in dataset.iterall():
        assert dictionary_VR(element.tag) == element.VR or element.VR in ("OW", "US", "SS"), element
        values = list(element.value) if element.VM > 1 else [element.value]
        for value in values if element.VR in SHAPES and element.value not in (None, "") else []:
            assert re.fullmatch(SHAPES[element.VR], str(value)) or str(value) == "", element


def test_a_radiograph_has_all_that_its_class_requires() -> None:
    dataset = dx()
    assert dataset.SOPClassUID == "1.2.840.10008.5.1.4.1.1.1.1"
    check(dataset, PATIENT_STUDY, PIXELS, DX)
    check_values(dataset)


def test_a_ct_image_has_all_that_its_class_requires() -> None:
    for dataset in ct():
        assert dataset.SOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
        check(dataset, PATIENT_STUDY, PIXELS, CT)
        check_values(dataset)


def test_slices_share_what_a_series_shares_and_lie_in_order() -> None:
    slices = ct()
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "PixelSpacing", "PatientID"):
        assert len({str(s[keyword].value) for s in slices}) == 1, keyword
    assert len({s.SOPInstanceUID for s in slices}) == len(slices)
    heights = [s.ImagePositionPatient[2] for s in slices]
    steps = np.diff(heights)
    assert np.allclose(steps, -float(slices[0].SliceThickness), atol=0.01)
    assert np.cross(slices[0].ImageOrientationPatient[:3], slices[0].ImageOrientationPatient[3:]).tolist() == [0, 0, 1]


def test_stored_values_are_hounsfield_units_after_the_rescale() -> None:
    thorax = sample_thorax(seed=2, index=3)
    volume = render_ct(thorax, shape=(6, 40, 32))
    for plane, dataset in zip(volume.hu, ct(), strict=True):
        assert np.array_equal(dataset.pixel_array.astype(int) + int(dataset.RescaleIntercept), plane)


def test_pixels_pass_unchanged() -> None:
    thorax = sample_thorax(seed=2, index=3)
    assert np.array_equal(dx().pixel_array, render_radiograph(thorax, rows=80, columns=64).pixels)


@pytest.mark.parametrize("index", range(3))
def test_identifiers_are_valid_and_decided_by_seed_and_index(index: int) -> None:
    def uids(seed: int) -> set[str]:
        thorax = sample_thorax(seed=seed, index=index)
        dataset = radiograph_dataset(thorax, render_radiograph(thorax, rows=32, columns=32), patient_id="x")
        return {dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID}

    assert uids(1) == uids(1)
    assert not uids(1) & uids(2)
    assert all(UID(uid).is_valid for uid in uids(1))
