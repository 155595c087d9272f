"""JPEG with 12-bit samples (lossy, extended or progressive): pydicom declines it, GDCM's own codec decodes it."""

from __future__ import annotations

from typing import Any

import gdcm
import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames

SYNTAXES = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (51, 53, 55))
"""Extended (process 2 and 4), spectral selection (6 and 8), full progression (10 and 12)."""


def is_twelve_bit(dataset: Dataset) -> bool:
    syntax = str(dataset.file_meta.TransferSyntaxUID)
    return syntax in SYNTAXES and int(dataset.get("BitsAllocated") or 0) == 16


def decode_twelve_bit(dataset: Dataset) -> npt.NDArray[Any]:
    """All frames, F x H x W, stored values. Raises ValueError when GDCM gives up or returns another size."""
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    if int(dataset.get("SamplesPerPixel") or 1) != 1:
        raise ValueError("12-bit JPEG in colour")
    count = int(dataset.get("NumberOfFrames") or 1)
    codes = generate_frames(dataset.PixelData, number_of_frames=count)
    frames = [_frame(code, dataset, rows, columns) for code in codes]
    if len(frames) != count:
        raise ValueError(f"{len(frames)} of {count} frames")
    return np.stack(frames)


def _frame(code: bytes, dataset: Dataset, rows: int, columns: int) -> npt.NDArray[Any]:
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(code)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(element)
    kind = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2")
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    syntax = gdcm.TransferSyntax.GetTSType(str(dataset.file_meta.TransferSyntaxUID))
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    bits, signed = int(dataset.get("BitsStored") or 12), int(dataset.get("PixelRepresentation") or 0)
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, bits, bits - 1, signed))
    # GDCM hands its bytes over as text.
    data = image.GetBuffer().encode("utf-8", "surrogateescape")
    if len(data) != 2 * rows * columns:
        raise ValueError("its frame has another size than its header says")
    return np.frombuffer(data, "<i2" if signed else "<u2").reshape(rows, columns)
