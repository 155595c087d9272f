"""Reading DICOM files of every kind, bounded and forgiving of what does no harm."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from imaging.dicom.errors import ImportRefused

MAX_FILE_BYTES = 2 * 2**30
MAX_PIXELS = 2**31
NOT_IMAGES = frozenset(["1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7", "1.2.840.10008.5.1.4.1.1.30"])
DICOMDIR = "1.2.840.10008.1.3.10"


def looks_like_dicom(head: bytes) -> bool:
    """Whether the first 132+ bytes are those of a DICOM file, with or without preamble and meta header."""
    if head[128:132] == b"DICM":
        return True
    # Without a preamble the file begins with an element of group 0002 or 0008, in either byte order.
    little, big = head[:2] in (b"\x02\x00", b"\x08\x00") and head[3:4] == b"\0", head[:3] == b"\x00\x08\x00"
    return len(head) > 8 and (little or big)


def read_dicom(source: Path | bytes) -> Dataset:
    """Read and check an image. Raises ImportRefused with a reason a person can act on."""
    try:
        dataset = _parse(source)
        _check(dataset)
    except ImportRefused:
        raise
    except Exception as error:
        raise ImportRefused(f"Broken DICOM ({type(error).__name__}). Export it again from its source.") from None
    return dataset


def _parse(source: Path | bytes) -> Dataset:
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(stream, force=True)
        if not getattr(dataset, "file_meta", None):
            dataset.file_meta = FileMetaDataset()
        if "TransferSyntaxUID" not in dataset.file_meta:
            dataset.file_meta.TransferSyntaxUID = _guess_syntax(dataset)
        elif dataset.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian:
            # It has been inflated by reading it.
            dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset


def _guess_syntax(dataset: Dataset) -> UID:
    implicit, little = dataset.original_encoding
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little in (True, None) else ExplicitVRBigEndian


def _check(dataset: Dataset) -> None:
    if dataset.get("SOPClassUID") == DICOMDIR or dataset.file_meta.get("MediaStorageSOPClassUID") == DICOMDIR:
        raise ImportRefused("A DICOMDIR is an index, not an image. The images beside it are imported by themselves.")
    if len(dataset) == 0:
        raise ImportRefused("Not a DICOM file: no element could be read.")
    if "PixelData" not in dataset:
        kind = UID(str(dataset.get("SOPClassUID", ""))).name or "object"
        raise ImportRefused(f"No pixels in it ({kind[:60]}). Only images are imported.")
    if dataset.get("SOPClassUID") in NOT_IMAGES:
        raise ImportRefused("A segmentation or parametric map, not an image. Only images are imported.")
    required = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "Rows", "Columns", "BitsAllocated")
    missing = [keyword for keyword in required if not dataset.get(keyword)]
    if missing:
        raise ImportRefused(f"Required elements are missing: {', '.join(missing)}.")
    pixels = int(dataset.Rows) * int(dataset.Columns) * int(dataset.get("NumberOfFrames") or 1)
    if pixels > MAX_PIXELS or int(dataset.Rows) > 65535 or int(dataset.Columns) > 65535:
        shape = f"{dataset.Rows} × {dataset.Columns} × {dataset.get('NumberOfFrames', 1)}"
        raise ImportRefused(f"{shape} pixels is over the limit.")


def to_bytes(dataset: Dataset) -> bytes:
    """The dataset as a complete file (PS3.10)."""
    buffer = DicomBytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return bytes(buffer.getvalue())
