"""Phantoms as valid DICOM: Digital X-Ray Image Storage - For Presentation, and CT Image Storage series."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    PYDICOM_IMPLEMENTATION_UID,
    UID,
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
)

from imaging.phantoms.ct import CTVolume
from imaging.phantoms.parameters import Thorax
from imaging.phantoms.radiograph import Radiograph

_MAKERS = (("Phantom Imaging", "Arcadia DX"), ("Phantom Imaging", "Boreal DR"), ("Synthetic Radiology", "Castor 2"))


def _uid(thorax: Thorax, *parts: object) -> UID:
    """A UID under 2.25 that (seed, index, parts) decide."""
    digest = hashlib.sha256(repr((thorax.seed, thorax.index, *parts)).encode()).hexdigest()
    return UID(f"2.25.{int(digest[:32], 16)}")


def _common(
    thorax: Thorax, kind: str, patient_id: str, patient_name: str, accession: str, study_date: date | None
) -> Dataset:
    day = study_date or date(2024, 1, 1) + timedelta(days=thorax.index % 700)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientID, dataset.PatientName = patient_id, patient_name
    dataset.PatientSex, dataset.PatientAge = thorax.sex, f"{thorax.age_years:03d}Y"
    dataset.PatientBirthDate = f"{day.year - thorax.age_years:04d}0101"
    dataset.AccessionNumber = accession or f"{kind}{thorax.index:06d}"
    dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = day.strftime("%Y%m%d")
    dataset.StudyTime = dataset.ContentTime = f"{8 + thorax.index % 10:02d}{thorax.index % 60:02d}00"
    dataset.StudyID, dataset.ReferringPhysicianName = str(thorax.index), ""
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = _uid(thorax, kind, "study"), _uid(thorax, kind, "series")
    dataset.SeriesNumber = 1
    dataset.Manufacturer, dataset.ManufacturerModelName = _MAKERS[thorax.site]
    dataset.SamplesPerPixel = 1
    dataset.BodyPartExamined = "CHEST"
    dataset.AcquisitionNumber = 1
    return dataset


def _code(value: str, scheme: str, meaning: str) -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def radiograph_dataset(
    thorax: Thorax, radiograph: Radiograph, *, patient_id: str, patient_name: str = "Phantom^Thorax",
    accession: str = "", study_date: date | None = None,
) -> Dataset:
    """A complete DX file dataset (PS3.3 A.26)."""
    dataset = _common(thorax, "DX", patient_id, patient_name, accession, study_date)
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = _uid(thorax, "DX", "instance", radiograph.pixels.shape)
    dataset.Modality, dataset.PresentationIntentType = "DX", "FOR PRESENTATION"
    dataset.ImageType = ["DERIVED", "PRIMARY", ""]
    dataset.InstanceNumber = 1
    dataset.ViewPosition, dataset.PatientOrientation, dataset.ImageLaterality = "PA", ["L", "F"], "U"
    dataset.PixelIntensityRelationship, dataset.PixelIntensityRelationshipSign = "LOG", 1
    dataset.PresentationLUTShape, dataset.LossyImageCompression, dataset.BurnedInAnnotation = "IDENTITY", "00", "NO"
    dataset.ImagerPixelSpacing = [round(s, 6) for s in radiograph.spacing_mm]
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = 0, 1, "US"
    dataset.WindowCenter, dataset.WindowWidth = 2000, 4000
    dataset.KVP = 120
    dataset.DetectorType, dataset.PositionerType = "SCINTILLATOR", "NONE"
    dataset.ViewCodeSequence = _code("272479007", "SCT", "postero-anterior")
    dataset.AnatomicRegionSequence = _code("51185008", "SCT", "Chest")
    dataset.AcquisitionContextSequence = Sequence()
    _put_pixels(dataset, radiograph.pixels)
    return dataset


def ct_datasets(
    thorax: Thorax, volume: CTVolume, *, patient_id: str, patient_name: str = "Phantom^Thorax", accession: str = "",
    study_date: date | None = None,
) -> list[Dataset]:
    """One CT Image Storage dataset per slice (PS3.3 A.3), from the head, which has the highest position, downwards."""
    step, row, column = volume.spacing_mm
    slices, rows, columns = volume.hu.shape
    made = []
    for k in range(slices):
        dataset = _common(thorax, "CT", patient_id, patient_name, accession, study_date)
        dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, _uid(thorax, "CT", k, volume.hu.shape)
        dataset.Modality, dataset.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.InstanceNumber = k + 1
        dataset.PatientPosition = "HFS"
        dataset.FrameOfReferenceUID, dataset.PositionReferenceIndicator = _uid(thorax, "CT", "frame"), ""
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        height = (slices - 1 - k) * step
        dataset.ImagePositionPatient = [round(-columns * column / 2, 4), round(-rows * row / 2, 4), round(height, 4)]
        dataset.SliceLocation, dataset.SliceThickness = round(height, 4), round(step, 4)
        dataset.PixelSpacing = [round(row, 6), round(column, 6)]
        dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = -1024, 1, "HU"
        dataset.WindowCenter, dataset.WindowWidth = [-600, 40], [1500, 400]
        dataset.KVP = 120
        _put_pixels(dataset, (volume.hu[k] + 1024).astype(np.uint16))
        made.append(dataset)
    return made


def _put_pixels(dataset: Dataset, pixels: npt.NDArray[np.uint16]) -> None:
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.PixelData = pixels.astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"
