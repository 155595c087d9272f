"""Pixels: what browsers can't decode is rewritten, one frame is one byte range, and networks see what readers see."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels import apply_modality_lut, convert_color_space, pixel_array
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless

from imaging.dicom.deidentify import deidentify
from imaging.dicom.errors import ImportRefused
from imaging.dicom.pixels import KEPT, StoredFile, decode, store, training_frame
from imaging.dicom.reading import read_dicom
from tests.imaging.dicom.test_reading import shared_files
from tests.imaging.files import KEYS, ct, pattern, set_pixels

COLOUR = np.random.default_rng(5).integers(0, 256, (6, 8, 3), dtype=np.uint8)


def stored(dataset: Dataset) -> StoredFile:
    return store(dataset, deidentify(dataset, KEYS, patient_id="4711"))


def frames_in(file: StoredFile) -> list[bytes]:
    return [file.content[offset : offset + length] for offset, length in file.frame_table]


def _bits1() -> tuple[Dataset, np.ndarray]:
    mask = np.random.default_rng(2).integers(0, 2, (3, 8, 16), dtype=np.uint8)
    dataset = ct()
    set_pixels(dataset, mask)
    dataset.BitsAllocated = dataset.BitsStored = 1
    dataset.HighBit, dataset.PixelData = 0, np.packbits(mask.ravel(), bitorder="little").tobytes()
    return dataset, mask


def _rle(pixels: np.ndarray) -> Dataset:
    dataset = ct()
    set_pixels(dataset, pixels)
    if pixels.ndim == 3 and pixels.itemsize == 2:
        dataset.BitsStored, dataset.HighBit = 16, 15
    dataset.compress(RLELossless)
    return dataset


def _rle32() -> tuple[Dataset, np.ndarray]:
    """32 bits in four run-length segments, the highest byte first (PS3.5 G); pydicom reads them but writes none."""
    wide = np.random.default_rng(3).integers(0, 2**32, (16, 12), dtype=np.uint32)
    dataset = ct(RescaleIntercept=0, RescaleSlope=0.5)
    set_pixels(dataset, wide)
    dataset.BitsStored, dataset.HighBit = 32, 31
    planes = wide.astype(">u4").view(np.uint8).reshape(-1, 4).T
    segments = [b"".join(bytes([7]) + plane[n : n + 8].tobytes() for n in range(0, 192, 8)) for plane in planes]
    starts = np.cumsum([64, *(len(s) for s in segments[:-1])])
    head = np.zeros(16, "<u4")
    head[0], head[1:5] = 4, starts
    dataset.file_meta.TransferSyntaxUID = RLELossless
    dataset.PixelData = encapsulate([head.tobytes() + b"".join(segments)])
    dataset["PixelData"].is_undefined_length = True
    return dataset, wide


def _rgb16() -> tuple[Dataset, np.ndarray]:
    deep = COLOUR.astype(np.uint16) * 257
    return _rle(deep), COLOUR


def _ybr422() -> tuple[Dataset, np.ndarray]:
    """Two luminances for each pair of chrominances (PS3.3 C.7.6.3.1.2), uncompressed."""
    y = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5
    cb, cr = np.full((6, 4), 110, np.uint8), np.full((6, 4), 150, np.uint8)
    packed = np.stack([y[:, ::2], y[:, 1::2], cb, cr], axis=2)
    dataset = ct()
    set_pixels(dataset, COLOUR)
    dataset.PhotometricInterpretation, dataset.PixelData = "YBR_FULL_422", packed.tobytes()
    full = np.stack([y, cb.repeat(2, axis=1), cr.repeat(2, axis=1)], axis=2)
    return dataset, convert_color_space(full, "YBR_FULL", "RGB")


def _planar() -> tuple[Dataset, np.ndarray]:
    dataset = ct()
    set_pixels(dataset, COLOUR)
    dataset.PlanarConfiguration, dataset.PixelData = 1, COLOUR.transpose(2, 0, 1).tobytes()
    return dataset, COLOUR


REWRITTEN: dict[str, Callable[[], tuple[Dataset, np.ndarray]]] = {
    "1 bit": _bits1, "RLE 16 bit": lambda: (_rle(pattern(16, 12)), pattern(16, 12)), "RLE colour 16 bit": _rgb16,
    "YBR_FULL_422 uncompressed": _ybr422, "colour by plane": _planar,
}


@pytest.mark.parametrize("make", REWRITTEN.values(), ids=REWRITTEN)
def test_what_browsers_cannot_decode_is_stored_uncompressed(make: Callable[[], tuple[Dataset, np.ndarray]]) -> None:
    dataset, expected = make()
    file = stored(dataset)
    again = dcmread(io.BytesIO(file.content))
    assert file.transfer_syntax_uid == ExplicitVRLittleEndian
    assert int(again.BitsAllocated) in (8, 16)
    assert again.PhotometricInterpretation in ("MONOCHROME2", "RGB")
    assert np.array_equal(again.pixel_array.reshape(expected.shape), expected)
    assert b"".join(frames_in(file)) == expected.astype(expected.dtype.newbyteorder("<")).tobytes()


def test_32_bit_values_become_16_bits_with_a_rescale_that_gives_them_back() -> None:
    dataset, wide = _rle32()
    again = dcmread(io.BytesIO(stored(dataset).content))
    assert again.BitsAllocated == 16
    values = again.pixel_array.astype(np.float64) * again.RescaleSlope + again.RescaleIntercept
    assert np.abs(values - wide * 0.5).max() <= 2**32 * 0.5 / 65535


def _jpeg_2000(pixels: np.ndarray) -> Dataset:
    dataset = ct()
    set_pixels(dataset, pixels)
    codes = []
    for frame in pixels:
        buffer = io.BytesIO()
        Image.fromarray(frame).save(buffer, "JPEG2000", irreversible=False, no_jp2=True)
        codes.append(buffer.getvalue())
    dataset.file_meta.TransferSyntaxUID, dataset.PixelData = JPEG2000Lossless, encapsulate(codes)
    dataset.BitsStored, dataset.HighBit = 16, 15
    dataset["PixelData"].is_undefined_length = True
    return dataset


def _jpeg_ls(pixels: np.ndarray) -> Dataset:
    dataset = ct()
    set_pixels(dataset, pixels)
    dataset.compress(JPEGLSLossless)
    return dataset


@pytest.mark.parametrize(
    ("compress", "begin"), [(_jpeg_ls, b"\xff\xd8"), (_jpeg_2000, b"\xff\x4f")], ids=["JPEG-LS", "JPEG 2000"]
)
def test_what_browsers_decode_is_kept_and_each_frame_is_one_byte_range(
    compress: Callable[[np.ndarray], Dataset], begin: bytes
) -> None:
    pixels = np.stack([pattern(32, 24, n) for n in range(3)])
    dataset = compress(pixels)
    file = stored(dataset)
    again = dcmread(io.BytesIO(file.content))
    assert file.transfer_syntax_uid == dataset.file_meta.TransferSyntaxUID in KEPT
    assert np.array_equal(again.pixel_array, pixels)
    ranges = frames_in(file)
    assert len(ranges) == 3
    assert all(frame.startswith(begin) for frame in ranges)
    for number, frame in enumerate(ranges):
        alone = dcmread(io.BytesIO(file.content))
        alone.NumberOfFrames, alone.PixelData = 1, encapsulate([frame])
        assert np.array_equal(alone.pixel_array, pixels[number])


def test_an_odd_number_of_bytes_is_padded_and_the_range_leaves_the_padding_out() -> None:
    dataset = ct()
    set_pixels(dataset, np.arange(15, dtype=np.uint8).reshape(3, 5))
    file = stored(dataset)
    assert len(file.content) % 2 == 0
    assert file.frame_table[0][1] == 15
    assert frames_in(file)[0] == bytes(range(15))


def test_a_compressed_image_with_one_broken_frame_is_refused() -> None:
    dataset = ct()
    set_pixels(dataset, np.stack([pattern(16, 12, n) for n in range(2)]))
    dataset.compress(JPEGLSLossless)
    good = frames_in(stored(dataset))
    dataset.PixelData = encapsulate([good[0], good[1][: len(good[1]) // 4]])
    with pytest.raises(ImportRefused, match="can't be decoded"):
        stored(dataset)


def test_bright_is_dense_whatever_the_photometric_interpretation() -> None:
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        dataset = ct(PhotometricInterpretation=photometric, RescaleIntercept=0, WindowCenter=2048, WindowWidth=4096)
        image = training_frame(dataset)
        mark = image[1, 2]
        assert mark > 0.99 if photometric == "MONOCHROME2" else mark < 0.01


WINDOWS = [
    # centre, width, stored value, rescale intercept, expected 0…1
    (500.0, 1000.0, 0, 0, 0.0), (500.0, 1000.0, 999, 0, 1.0), (40.0, 400.0, 1064, -1024, 0.5),
    (40.0, 400.0, 100, -1024, 0.0), (40.0, 400.0, 4000, -1024, 1.0),
]


@pytest.mark.parametrize(("centre", "width", "value", "intercept", "expected"), WINDOWS)
def test_the_files_window_decides_what_networks_see(
    centre: float, width: float, value: int, intercept: int, expected: float
) -> None:
    dataset = ct(WindowCenter=centre, WindowWidth=width, RescaleIntercept=intercept)
    dataset.PixelData = np.full((16, 12), value, np.uint16).tobytes()
    assert training_frame(dataset) == pytest.approx(expected, abs=0.002)


def test_the_first_of_several_windows_is_used() -> None:
    several, one = (ct(WindowCenter=c, WindowWidth=w) for c, w in (([40, 500], [400, 3000]), (40, 400)))
    assert np.array_equal(training_frame(several), training_frame(one))


def test_without_a_window_the_percentiles_of_the_image_are_its_range() -> None:
    image = training_frame(ct())
    assert (float(image.min()), float(image.max())) == (0.0, 1.0)
    assert 0.3 < float(image.mean()) < 0.7


def test_colour_is_seen_by_luminance() -> None:
    dataset = ct()
    set_pixels(dataset, COLOUR)
    assert training_frame(dataset) == pytest.approx(COLOUR @ np.array([0.299, 0.587, 0.114]) / 255, abs=1e-5)


def test_of_several_frames_the_middle_one_stands_for_the_image() -> None:
    frames = np.stack([pattern(16, 12, n * 50) for n in range(3)])
    dataset = ct(RescaleIntercept=0, WindowCenter=2048, WindowWidth=4096)
    set_pixels(dataset, frames)
    one = ct(RescaleIntercept=0, WindowCenter=2048, WindowWidth=4096)
    set_pixels(one, frames[1])
    assert np.array_equal(training_frame(dataset, None), training_frame(one))


TWELVE_BITS = {"1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55"}
"""Lossy JPEG of 12-bit samples, which pydicom declines: compared with the same CT as it was before."""


@pytest.mark.parametrize("path", shared_files("ts_matrix_one_CT"), ids=lambda p: p.name[12:40])
def test_every_transfer_syntax_of_one_ct_keeps_its_pixels(path: Path) -> None:
    original = read_dicom(path)
    syntax = str(original.file_meta.TransferSyntaxUID)
    file = stored(original)
    pixels = decode(dcmread(io.BytesIO(file.content)))
    if syntax in TWELVE_BITS:
        plain = read_dicom(next(p for p in path.parent.iterdir() if p.name.endswith("1.2.840.10008.1.2.2.dcm")))
        apart = apply_modality_lut(pixels[0], original) - apply_modality_lut(plain.pixel_array, plain)
        assert float(np.abs(apart).mean()) < 5, "HU, on average"
    else:
        assert np.array_equal(pixels, pixel_array(original).reshape(1, 512, 512))
    assert file.transfer_syntax_uid == (syntax if syntax in KEPT else ExplicitVRLittleEndian)


def test_twelve_bit_jpeg_of_another_size_than_said_is_refused() -> None:
    for path in shared_files("ts_matrix_one_CT"):
        original = read_dicom(path)
        if str(original.file_meta.TransferSyntaxUID) in TWELVE_BITS:
            original.Rows = 400
            with pytest.raises(ImportRefused, match="can't be decoded"):
                stored(original)


def test_pixels_that_stop_short_are_refused_with_what_is_missing() -> None:
    dataset = ct()
    dataset.PixelData = dataset.PixelData[:100]
    with pytest.raises(ImportRefused, match="100 of 384 bytes"):
        stored(dataset)
