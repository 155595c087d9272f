"""Pixels: decoded or kept so that browsers can show them, one frame a byte range, and scaled for networks."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.pixels.utils import get_expected_length, pixel_array
from pydicom.uid import (
    PYDICOM_IMPLEMENTATION_UID,
    UID,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
)

from imaging.dicom.errors import ImportRefused
from imaging.dicom.jpeg12 import decode_twelve_bit, is_twelve_bit
from imaging.dicom.reading import to_bytes
from imaging.dicom.suv import set_mapped_range
from imaging.dicom.tables import through_modality_table, through_palette

KEPT = frozenset([JPEGBaseline8Bit, JPEGLSLossless, JPEG2000Lossless, HTJ2KLossless, HTJ2KLosslessRPCL])
"""Compressed transfer syntaxes that browsers decode; everything else is stored uncompressed."""


@dataclass(frozen=True)
class StoredFile:
    """A complete de-identified file and where its frames lie in it."""

    content: bytes
    transfer_syntax_uid: str
    frame_table: list[list[int]]
    """[offset, length] per frame, bytes from the start of the file."""
    header: Dataset


def decode(dataset: Dataset) -> npt.NDArray[Any]:
    """All frames, F x H x W (x 3), stored values; colour as RGB. Raises ImportRefused when they can't be decoded."""
    _check_length(dataset)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pixels = decode_twelve_bit(dataset) if is_twelve_bit(dataset) else pixel_array(dataset)
    except NotImplementedError:
        name = UID(str(dataset.file_meta.TransferSyntaxUID)).name
        raise ImportRefused(f"Its pixels can't be decoded: {name} is not supported. Export it uncompressed.") from None
    except Exception as error:
        raise ImportRefused(f"Its pixels can't be decoded ({type(error).__name__}). Export it uncompressed.") from None
    samples = int(dataset.get("SamplesPerPixel") or 1)
    expected = 3 if samples == 1 else 4
    return pixels if pixels.ndim == expected else pixels[np.newaxis]


def _check_length(dataset: Dataset) -> None:
    """Uncompressed pixels that stop short are the commonest damage; say so by name."""
    if UID(str(dataset.file_meta.TransferSyntaxUID)).is_compressed:
        return
    try:
        expected, there = get_expected_length(dataset), len(dataset.PixelData)
    except (AttributeError, KeyError, TypeError, ValueError):
        return
    if there < expected:
        raise ImportRefused(f"Its pixels can't be decoded: cut off, {there:,} of {expected:,} bytes. Copy it again.")


def store(original: Dataset, header: Dataset) -> StoredFile:
    """Join the clean header with the original's pixels. Raises ImportRefused for pixels that can't be decoded."""
    syntax = UID(str(original.file_meta.TransferSyntaxUID))
    if original.get("PhotometricInterpretation") == "PALETTE COLOR":
        return _native(through_palette(decode(original), original, header), header)
    if header.get("ModalityLUTSequence") and int(original.get("SamplesPerPixel") or 1) == 1:
        return _native(through_modality_table(decode(original), original, header), header)
    if syntax in KEPT and int(original.get("BitsAllocated") or 0) in (8, 16) and _frames_decode(original):
        return _encapsulated(original, header, syntax)
    return _native(decode(original), header)


def _frames_decode(original: Dataset) -> bool:
    """Compressed frames are kept only if every one of them can be decoded."""
    decode(original)
    return True


def _encapsulated(original: Dataset, header: Dataset, syntax: UID) -> StoredFile:
    frames = list(generate_frames(original.PixelData, number_of_frames=int(original.get("NumberOfFrames") or 1)))
    header.PixelData = encapsulate(frames, has_bot=True)
    header["PixelData"].VR = "OB"
    header["PixelData"].is_undefined_length = True
    content = _write(header, syntax)
    # The value ends 8 bytes (the sequence delimiter) before the file does; each item has an 8-byte head.
    position = len(content) - 8 - len(header.PixelData) + 8 + 4 * len(frames)
    table = []
    for frame in frames:
        length = len(frame) + len(frame) % 2
        table.append([position + 8, length])
        position += 8 + length
    return StoredFile(content, str(syntax), table, header)


def _native(pixels: npt.NDArray[Any], header: Dataset) -> StoredFile:
    pixels = _eight_or_sixteen_bits(pixels, header)
    if pixels.ndim == 4:
        header.SamplesPerPixel, header.PhotometricInterpretation, header.PlanarConfiguration = 3, "RGB", 0
    else:
        header.SamplesPerPixel = 1
        if header.get("PhotometricInterpretation") not in ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"):
            header.PhotometricInterpretation = "MONOCHROME2"
    frame_bytes = pixels[0].nbytes
    data = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes()
    header.PixelData = data + b"\0" * (len(data) % 2)
    header["PixelData"].VR = "OW" if pixels.itemsize > 1 else "OB"
    content = _write(header, ExplicitVRLittleEndian)
    start = len(content) - len(header.PixelData)
    table = [[start + n * frame_bytes, frame_bytes] for n in range(len(pixels))]
    return StoredFile(content, str(ExplicitVRLittleEndian), table, header)


def _eight_or_sixteen_bits(pixels: npt.NDArray[Any], header: Dataset) -> npt.NDArray[Any]:
    """What browsers draw: 8 or 16 bits; colour in 8. Wider or floating values are scaled and the rescale says how."""
    if pixels.ndim == 4 and pixels.dtype != np.uint8:
        top = float(2 ** int(header.get("BitsStored") or 16) - 1)
        pixels = np.clip(pixels.astype(np.float32) * (255.0 / top), 0, 255).astype(np.uint8)
    elif pixels.dtype.itemsize > 2 or pixels.dtype.kind == "f":
        pixels = _squeeze(pixels, header)
    if pixels.ndim == 4 or int(header.get("BitsAllocated") or 0) != 8 * pixels.itemsize:
        header.BitsStored = min(int(header.get("BitsStored") or 8), 8 * pixels.itemsize)
        header.BitsStored = max(int(header.BitsStored), 8 if pixels.itemsize == 1 else 9)
    header.BitsAllocated = 8 * pixels.itemsize
    header.HighBit = int(header.BitsStored) - 1
    header.PixelRepresentation = 1 if pixels.dtype.kind == "i" else 0
    return pixels


def _squeeze(pixels: npt.NDArray[Any], header: Dataset) -> npt.NDArray[np.uint16]:
    low, high = float(pixels.min()), float(pixels.max())
    step = (high - low) / 65535 or 1.0
    slope, intercept = float(header.get("RescaleSlope") or 1), float(header.get("RescaleIntercept") or 0)
    header.RescaleSlope = float(f"{slope * step:.10g}")
    header.RescaleIntercept = float(f"{slope * low + intercept:.10g}")
    for mapping in header.get("RealWorldValueMappingSequence") or []:
        mapping.RealWorldValueIntercept += mapping.RealWorldValueSlope * low
        mapping.RealWorldValueSlope *= step
        set_mapped_range(mapping, 0, 65535)
    header.BitsStored = 16
    return np.rint((pixels.astype(np.float64) - low) / step).astype(np.uint16)


def _write(header: Dataset, syntax: UID) -> bytes:
    header.file_meta = FileMetaDataset()
    header.file_meta.MediaStorageSOPClassUID = header.SOPClassUID
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    header.file_meta.TransferSyntaxUID = syntax
    header.file_meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    return to_bytes(header)


def training_frame(dataset: Dataset, frame: int | None = 0) -> npt.NDArray[np.float32]:
    """One frame as a network sees it before sizing: H x W float32 in 0…1, bright = dense.

    Modality LUT, then the file's own window (or VOI LUT), else the 0.5th to 99.5th percentile; MONOCHROME1 inverted;
    colour by luminance. `frame` None takes the middle one. Raises ImportRefused when the pixels can't be decoded.
    """
    frames = decode(dataset)
    pixels = frames[len(frames) // 2 if frame is None else frame]
    if pixels.ndim == 3:
        grey = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
        return np.asarray(grey / 255.0, np.float32)
    values = np.asarray(apply_modality_lut(pixels, dataset), np.float32)
    low, high = _bounds(values, dataset)
    scaled = np.clip((values - low) / max(high - low, 1e-6), 0, 1)
    if dataset.get("PhotometricInterpretation") == "MONOCHROME1":
        scaled = 1 - scaled
    return np.asarray(scaled, np.float32)


def calibrated_frame(dataset: Dataset, frame: int | None = 0) -> npt.NDArray[np.float32]:
    """One frame in the units of its modality LUT, H x W float32: Hounsfield units of a CT. No window, no inversion.

    `frame` None takes the middle one; colour by luminance. Raises ImportRefused when the pixels can't be decoded.
    """
    frames = decode(dataset)
    pixels = frames[len(frames) // 2 if frame is None else frame]
    if pixels.ndim == 3:
        return np.asarray(pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)
    return np.asarray(apply_modality_lut(pixels, dataset), np.float32)


def _bounds(values: npt.NDArray[np.float32], dataset: Dataset) -> tuple[float, float]:
    if dataset.get("VOILUTSequence") and "WindowCenter" not in dataset:
        values[...] = apply_voi_lut(values.astype(np.int32), dataset, prefer_lut=True)
        return float(values.min()), float(values.max())
    centre, width = (_first(dataset.get(k)) for k in ("WindowCenter", "WindowWidth"))
    if centre is not None and width is not None and width > 0:
        return centre - width / 2, centre + width / 2
    low, high = np.percentile(values, (0.5, 99.5))
    return float(low), float(high)


def _first(value: Any) -> float | None:
    if value is None or value == "":
        return None
    return float(value[0] if hasattr(value, "__getitem__") and not isinstance(value, str) else value)
