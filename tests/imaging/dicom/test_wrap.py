"""PNG and JPEG become secondary captures; their pixels stay, whatever else they carried goes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from imaging.dicom.errors import ImportRefused
from imaging.dicom.pixels import decode
from imaging.dicom.reading import to_bytes
from imaging.dicom.wrap import looks_like_picture, wrap_picture

GREY = (np.arange(24 * 20).reshape(24, 20) % 256).astype(np.uint8)
COLOUR = np.stack([GREY, GREY.T.reshape(24, 20), 255 - GREY], axis=2)


def picture(pixels: Any, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


SOUND = [
    ("8-bit grey", picture(GREY), GREY, "MONOCHROME2", 8),
    ("16-bit grey", picture(GREY.astype(np.uint16) * 257), GREY.astype(np.uint16) * 257, "MONOCHROME2", 16),
    ("colour", picture(COLOUR), COLOUR, "RGB", 8),
    ("grey saved as colour", picture(np.stack([GREY] * 3, axis=2)), GREY, "MONOCHROME2", 8),
    ("black and white", picture(GREY > 100), ((GREY > 100) * 255).astype(np.uint8), "MONOCHROME2", 8),
    ("with transparency", picture(np.dstack([COLOUR, np.full((24, 20), 255, np.uint8)])), COLOUR, "RGB", 8),
]


@pytest.mark.parametrize(("source", "pixels", "photometric", "bits"), [r[1:] for r in SOUND], ids=[r[0] for r in SOUND])
def test_pixels_arrive_as_they_were(source: bytes, pixels: np.ndarray, photometric: str, bits: int) -> None:
    assert looks_like_picture(source)
    dataset = wrap_picture(source, patient_id="p", seed="a")
    assert (dataset.PhotometricInterpretation, dataset.BitsStored) == (photometric, bits)
    assert np.array_equal(decode(dataset)[0], pixels)


def test_a_jpeg_keeps_what_its_decoder_gives() -> None:
    source = picture(GREY, "JPEG", quality=95)
    expected = np.asarray(Image.open(io.BytesIO(source)))
    assert np.array_equal(decode(wrap_picture(source, patient_id="p", seed="a"))[0], expected)


def test_the_same_file_is_the_same_image_and_another_is_another() -> None:
    first, again, other = (wrap_picture(picture(GREY), patient_id="", seed=s) for s in ("a", "a", "b"))
    assert first.SOPInstanceUID == again.SOPInstanceUID != other.SOPInstanceUID
    assert len({first.SOPInstanceUID, first.SeriesInstanceUID, first.StudyInstanceUID}) == 3


def test_notes_inside_the_picture_stay_behind() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "SECRET-7391")
    exif = Image.Exif()
    exif[0x010E] = "SECRET-7391"
    for source in (picture(GREY, pnginfo=info), picture(GREY, "JPEG", exif=exif)):
        assert b"SECRET-7391" in source
        assert b"SECRET-7391" not in to_bytes(wrap_picture(source, patient_id="p", seed="a"))


BROKEN = [
    ("cut short", picture(GREY)[:60], "Broken picture"),
    ("only a head", b"\x89PNG\r\n\x1a\n", "Broken picture"),
    ("JPEG rubbish", b"\xff\xd8\xff" + b"\0" * 40, "Broken picture"),
    ("a bomb", picture(np.zeros((20_000, 10_001), bool)), "over the limit"),
]


@pytest.mark.parametrize(("source", "reason"), [r[1:] for r in BROKEN], ids=[r[0] for r in BROKEN])
def test_broken_pictures_are_refused_with_a_reason(source: bytes, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        wrap_picture(source, patient_id="p", seed="a")
