"""PNG and JPEG become secondary-capture DICOM; what else they carried (EXIF, text chunks, profiles) stays behind."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from imaging.dicom.errors import ImportRefused

MAX_PIXELS = 200_000_000
_GREY_TOLERANCE = 12
"""A grey picture saved as colour JPEG differs a little between its channels."""


def looks_like_picture(head: bytes) -> bool:
    return head[:8] == b"\x89PNG\r\n\x1a\n" or head[:3] == b"\xff\xd8\xff"


def wrap_picture(source: Path | bytes, *, patient_id: str, seed: str) -> Dataset:
    """A dataset with identifiers made from `seed` (the file's digest), so that the same file is the same image again.

    Raises ImportRefused for a broken or oversized picture.
    """
    pixels = _read(source)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.SOPInstanceUID, dataset.SeriesInstanceUID, dataset.StudyInstanceUID = (
        f"2.25.{int(hashlib.sha256(f'{level}:{seed}'.encode()).hexdigest()[:32], 16)}"
        for level in ("instance", "series", "study")
    )
    dataset.PatientID = patient_id
    dataset.Modality = "OT"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.BitsAllocated = dataset.BitsStored = 8 * pixels.itemsize
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = 0
    dataset.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
    dataset.PhotometricInterpretation = "MONOCHROME2" if pixels.ndim == 2 else "RGB"
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.InstanceNumber = dataset.SeriesNumber = 1
    # The picture is shown as it was drawn: its full range is its window.
    top = 2.0 ** int(dataset.BitsStored)
    if pixels.ndim == 2:
        dataset.WindowCenter, dataset.WindowWidth = top / 2, top
    data = pixels.tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset["PixelData"].VR = "OW" if pixels.itemsize > 1 else "OB"
    return dataset


def _read(source: Path | bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8 | np.uint16]]:
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise ImportRefused(f"{picture.width} × {picture.height} pixels is over the limit.")
            if picture.mode.startswith("I"):
                return np.asarray(np.clip(np.asarray(picture), 0, 65535), np.uint16)
            if picture.mode in ("L", "1"):
                return np.asarray(picture.convert("L"))
            colour = np.asarray(picture.convert("RGB"))
    except ImportRefused:
        raise
    except Image.DecompressionBombError:
        raise ImportRefused("More pixels than a picture may have; it is over the limit.") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise ImportRefused(f"Broken picture ({type(error).__name__}). Save it again as PNG or JPEG.") from None
    spread = colour.max(axis=2).astype(np.int16) - colour.min(axis=2)
    if int(np.percentile(spread, 99.5)) <= _GREY_TOLERANCE:
        return np.asarray(np.rint(colour.mean(axis=2)), np.uint8)
    return np.ascontiguousarray(colour)
