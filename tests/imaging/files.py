"""DICOM datasets made for tests: plausible, and full of things that must not get through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from imaging.dicom.keys import Keys
from imaging.dicom.reading import to_bytes

KEYS = Keys(b"a key for tests, thirty-two bytes")
PHI = "Mustermann^Erika"


def ct(number: int = 1, *, patient_id: str = "4711", study: str = "1.2.3.10", series: str = "1.2.3.20",
       rows: int = 16, columns: int = 12, z: float | None = None, **elements: Any) -> Dataset:
    """One CT image with 12-bit pixels; keyword arguments set or (None) delete elements."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, f"1.2.3.30.{number}.{series.split('.')[-1]}"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.FrameOfReferenceUID = study, series, "1.2.3.40"
    dataset.PatientID, dataset.PatientName, dataset.PatientSex = patient_id, PHI, "F"
    dataset.PatientBirthDate, dataset.StudyDate, dataset.AccessionNumber = "19610215", "20240310", "ACC-99"
    dataset.Modality, dataset.BodyPartExamined, dataset.InstanceNumber, dataset.SeriesNumber = "CT", "CHEST", number, 3
    dataset.ImageOrientationPatient, dataset.PixelSpacing = [1, 0, 0, 0, 1, 0], [0.7, 0.8]
    dataset.ImagePositionPatient, dataset.SliceThickness = [-10, -20, 2.5 * number if z is None else z], 2.5
    dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    set_pixels(dataset, pattern(rows, columns, number))
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def pattern(rows: int, columns: int, number: int = 0) -> np.ndarray:
    """A 12-bit gradient with a mark that is not symmetrical."""
    y, x = np.mgrid[:rows, :columns]
    image = (x * 37 + y * 91 + number * 13) % 4096
    image[1, 2] = 4095
    return image.astype(np.uint16)


def set_pixels(dataset: Dataset, pixels: np.ndarray) -> None:
    """H x W or H x W x 3, or F x H x W, of 8 or 16 bits."""
    colour = pixels.shape[-1] == 3
    frame = pixels if pixels.ndim == 2 or (colour and pixels.ndim == 3) else pixels[0]
    if frame is not pixels:
        dataset.NumberOfFrames = len(pixels)
    dataset.Rows, dataset.Columns = frame.shape[:2]
    dataset.SamplesPerPixel = 3 if colour else 1
    if colour:
        dataset.PhotometricInterpretation, dataset.PlanarConfiguration = "RGB", 0
    dataset.BitsAllocated = 8 * pixels.itemsize
    dataset.BitsStored = 8 if pixels.itemsize == 1 else 12
    dataset.HighBit, dataset.PixelRepresentation = dataset.BitsStored - 1, 0
    data = pixels.tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset["PixelData"].VR = "OB" if pixels.itemsize == 1 else "OW"


def save(dataset: Dataset, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(to_bytes(dataset))
    return path


def series(folder: Path, count: int = 5, **elements: Any) -> list[Path]:
    """A CT series, one file per slice, 2.5 mm apart."""
    return [save(ct(n, **elements), folder / f"{n:03d}.dcm") for n in range(1, count + 1)]
