"""One small made file of every kind that a viewer gets wrong somewhere, as a sender writes it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
    SecondaryCaptureImageStorage,
)

ROWS, COLUMNS = 90, 120
Make = Callable[[], Dataset]


def ramp(bits: int = 12, number: int = 0) -> npt.NDArray[np.uint16]:
    """Every value once and again, in an order that neither flips nor turns into itself."""
    y, x = np.mgrid[:ROWS, :COLUMNS]
    return ((x * 31 + y * 57 + x * y + 101 * number) % 2**bits).astype(np.uint16)


def base(pixels: npt.NDArray[Any], bits: int = 12, **elements: Any) -> Dataset:
    """A picture (H x W, or F x H x W, or with a last axis of 3) as secondary capture."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.Modality, dataset.PatientID = SecondaryCaptureImageStorage, "OT", "KINDS"
    colour = pixels.shape[-1] == 3
    dataset.Rows, dataset.Columns = pixels.shape[-3:-1] if colour else pixels.shape[-2:]
    if pixels.ndim - colour == 3:
        dataset.NumberOfFrames = len(pixels)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = (3, "RGB") if colour else (1, "MONOCHROME2")
    if colour:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8 * pixels.itemsize, bits, bits - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes() + b"\0" * (pixels.nbytes % 2)
    dataset["PixelData"].VR = "OB" if pixels.itemsize == 1 else "OW"
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def item(**elements: Any) -> Sequence:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return Sequence([dataset])


COLOUR = np.random.default_rng(5).integers(0, 256, (ROWS, COLUMNS, 3), dtype=np.uint8)
WINDOW = {"WindowCenter": 1800, "WindowWidth": 2600}


def _signed() -> Dataset:
    pixels = (ramp().astype(np.int16) - 1024).astype(np.int16)
    return base(pixels, 16, Modality="CT", RescaleSlope=1, RescaleIntercept=-24, WindowCenter=40, WindowWidth=400)


def _curved() -> bytes:
    return np.rint(65535 * (np.arange(4096) / 4095) ** 2.2).astype("<u2").tobytes()


def _voi_of_8_bits() -> Dataset:
    """Dark where the value is high, and not straight."""
    data = np.rint(255 * (1 - np.arange(256) / 255) ** 0.5).astype("<u2").tobytes()
    return base(ramp(8).astype(np.uint8), 8, VOILUTSequence=item(LUTDescriptor=[256, 0, 8], LUTData=data))


def _enhanced() -> Dataset:
    dataset = base(np.stack([ramp(number=n) for n in range(2)]), Modality="MR")
    frames = []
    for n in range(2):
        frame = Dataset()
        frame.PixelValueTransformationSequence = item(RescaleSlope=1 + n, RescaleIntercept=-100 * n)
        frame.FrameVOILUTSequence = item(WindowCenter=1500 + 900 * n, WindowWidth=3000)
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    return dataset


def _one_bit() -> Dataset:
    mask = (ramp() > 1500).astype(np.uint8)
    dataset = base(mask, 1)
    dataset.BitsAllocated, dataset.PixelData = 1, np.packbits(mask.ravel(), bitorder="little").tobytes()
    return dataset


def _rle_32() -> Dataset:
    """32 bits in four run-length segments, the highest byte first (PS3.5 G), two frames; pydicom writes none."""
    frames = [ramp(number=n).astype(np.uint32) * 1000003 for n in range(2)]
    codes = []
    for frame in frames:
        planes = frame.astype(">u4").view(np.uint8).reshape(-1, 4).T
        whole = [b"".join(bytes([len(p) - 1]) + p for p in _pieces(plane.tobytes())) for plane in planes]
        padded = [segment + b"\0" * (len(segment) % 2) for segment in whole]
        head = np.zeros(16, "<u4")
        head[0], head[1:5] = 4, np.cumsum([64, *(len(s) for s in padded[:-1])])
        codes.append(head.tobytes() + b"".join(padded))
    dataset = base(np.stack(frames), 32, WindowCenter=2e9, WindowWidth=3e9)
    return _encapsulated(dataset, codes, RLELossless)


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[n : n + 128] for n in range(0, len(data), 128))


def _encapsulated(dataset: Dataset, codes: list[bytes], syntax: UID) -> Dataset:
    dataset.file_meta.TransferSyntaxUID, dataset.PixelData = syntax, encapsulate(codes)
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    return dataset


def _compressed(syntax: UID, pixels: npt.NDArray[Any], bits: int) -> Dataset:
    dataset = base(pixels, bits, **({} if pixels.shape[-1] == 3 else WINDOW))
    dataset.compress(syntax)
    return dataset


def _jpeg(pixels: npt.NDArray[np.uint8], kind: str, **options: Any) -> bytes:
    body = io.BytesIO()
    Image.fromarray(pixels).save(body, kind, **options)
    return body.getvalue()


def _smooth() -> npt.NDArray[np.uint8]:
    """Colours that survive lossy coding."""
    y, x = np.mgrid[:ROWS, :COLUMNS]
    return np.stack([x * 2, y * 2, (x + y)], axis=2).astype(np.uint8)


def _jpeg_colour() -> Dataset:
    dataset = base(_smooth(), 8, PhotometricInterpretation="YBR_FULL_422")
    return _encapsulated(dataset, [_jpeg(_smooth(), "JPEG", quality=95)], JPEGBaseline8Bit)


def _jpeg_grey() -> Dataset:
    grey = _smooth()[..., 2]
    return _encapsulated(base(grey, 8, WindowCenter=110, WindowWidth=150), [_jpeg(grey, "JPEG")], JPEGBaseline8Bit)


def _jpeg_2000() -> Dataset:
    pixels = ramp(16)
    dataset = base(pixels, 16, WindowCenter=4000, WindowWidth=6000)
    code = _jpeg(pixels, "JPEG2000", irreversible=False, no_jp2=True)  # type: ignore[arg-type]  # 16 bits in Pillow too
    return _encapsulated(dataset, [code], JPEG2000Lossless)


def _ybr_422() -> Dataset:
    """Two luminances for each pair of chrominances (PS3.3 C.7.6.3.1.2), uncompressed."""
    y = (ramp(8)).astype(np.uint8)
    cb, cr = np.full((ROWS, COLUMNS // 2), 110, np.uint8), np.full((ROWS, COLUMNS // 2), 150, np.uint8)
    packed = np.stack([y[:, ::2], y[:, 1::2], cb, cr], axis=2)
    return base(COLOUR, 8, PhotometricInterpretation="YBR_FULL_422", PixelData=packed.tobytes())


def _planar() -> Dataset:
    return base(COLOUR, 8, PlanarConfiguration=1, PixelData=COLOUR.transpose(2, 0, 1).tobytes())


def _palette() -> Dataset:
    dataset = base(ramp(8).astype(np.uint8), 8, PhotometricInterpretation="PALETTE COLOR")
    for n, colour in enumerate(("Red", "Green", "Blue")):
        table = ((np.arange(256) * (n + 1) % 256) * 257).astype("<u2")
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(dataset, f"{colour}PaletteColorLookupTableData", table.tobytes())
    return dataset


def _big_endian() -> Dataset:
    dataset = base(ramp(), **WINDOW)
    dataset.PixelData = ramp().astype(">u2").tobytes()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    return dataset


def _in(syntax: UID) -> Dataset:
    dataset = base(ramp(), **WINDOW)
    dataset.file_meta.TransferSyntaxUID = syntax
    return dataset


KINDS: dict[str, Make] = {
    "linear window": lambda: base(ramp(), **WINDOW),
    "exact window": lambda: base(ramp(), WindowCenter=2000, WindowWidth=1, VOILUTFunction="LINEAR_EXACT"),
    "exact window, wide": lambda: base(ramp(), **WINDOW, VOILUTFunction="LINEAR_EXACT"),
    "sigmoid": lambda: base(ramp(), **WINDOW, VOILUTFunction="SIGMOID"),
    "several windows": lambda: base(ramp(), WindowCenter=[900, 40], WindowWidth=[700, 400]),
    "no window": lambda: base(ramp(), Modality="MR"),
    "MONOCHROME1": lambda: base(
        ramp(10), 10, PhotometricInterpretation="MONOCHROME1", WindowCenter=500, WindowWidth=900
    ),
    "signed, HU": _signed,
    "slope of a half": lambda: base(
        ramp(), RescaleSlope=0.5, RescaleIntercept=-20.25, WindowCenter=700, WindowWidth=900
    ),
    "8 bits": lambda: base(ramp(8).astype(np.uint8), 8, WindowCenter=100, WindowWidth=120),
    "16 bits": lambda: base(ramp(16), 16, WindowCenter=7000, WindowWidth=12000),
    "VOI table": lambda: base(ramp(), VOILUTSequence=item(LUTDescriptor=[4096, 0, 16], LUTData=_curved())),
    "VOI table of 8 bits, falling": _voi_of_8_bits,
    "modality table": lambda: base(
        ramp(), ModalityLUTSequence=item(LUTDescriptor=[4096, 0, 16], LUTData=_curved(), ModalityLUTType="US"),
        WindowCenter=20000, WindowWidth=30000,
    ),
    "enhanced, each frame its own": _enhanced, "1 bit": _one_bit, "palette": _palette,
    "RGB": lambda: base(COLOUR, 8), "RGB by plane": _planar, "YBR_FULL_422 uncompressed": _ybr_422,
    "RGB of 16 bits, run-length": lambda: _compressed(RLELossless, COLOUR.astype(np.uint16) * 257, 16),
    "run-length": lambda: _compressed(RLELossless, ramp(), 12), "run-length of 32 bits": _rle_32,
    "JPEG-LS": lambda: _compressed(JPEGLSLossless, ramp(), 12), "JPEG 2000": _jpeg_2000, "JPEG": _jpeg_grey,
    "JPEG in colour": _jpeg_colour, "deflated": lambda: _in(DeflatedExplicitVRLittleEndian),
    "implicit": lambda: _in(ImplicitVRLittleEndian), "big endian": _big_endian,
}


def files() -> Iterator[tuple[str, bytes]]:
    """Every kind as a file: one study, a series each, in the table's order."""
    for number, (name, make) in enumerate(KINDS.items(), 1):
        dataset = make()
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3.777", f"1.2.3.777.{number}"
        dataset.SOPInstanceUID, dataset.SeriesNumber, dataset.InstanceNumber = f"1.2.3.777.{number}.1", number, 1
        body = io.BytesIO()
        syntax = dataset.file_meta.TransferSyntaxUID
        dataset.save_as(
            body, enforce_file_format=True, implicit_vr=syntax.is_implicit_VR, little_endian=syntax.is_little_endian
        )
        yield name, body.getvalue()
