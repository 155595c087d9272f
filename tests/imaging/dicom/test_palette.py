"""Palette images become RGB at the door."""

from __future__ import annotations

import io

import numpy as np
import pydicom
import pytest

from imaging.dicom.deidentify import deidentify
from imaging.dicom.errors import ImportRefused
from imaging.dicom.pixels import store
from tests.imaging.files import KEYS, ct, set_pixels

RAMP = np.arange(256)


def _palette_image(bits: int) -> pydicom.Dataset:
    """Grey value v is shown as red v, green 255 - v, blue 0."""
    dataset = ct()
    set_pixels(dataset, np.array([[0, 10], [200, 255]], np.uint8))
    dataset.PhotometricInterpretation = "PALETTE COLOR"
    for colour, values in (("Red", RAMP), ("Green", 255 - RAMP), ("Blue", 0 * RAMP)):
        table = (values << 8 if bits == 16 else values).astype("<u2" if bits == 16 else "u1")
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, bits])
        setattr(dataset, f"{colour}PaletteColorLookupTableData", table.tobytes())
    return dataset


@pytest.mark.parametrize("bits", [8, 16])
def test_colours_are_what_the_palette_says(bits: int) -> None:
    original = _palette_image(bits)
    stored = store(original, deidentify(original, KEYS, patient_id="1"))
    kept = pydicom.dcmread(io.BytesIO(stored.content))
    assert kept.PhotometricInterpretation == "RGB"
    assert kept.pixel_array[1].tolist() == [[200, 55, 0], [255, 0, 0]]
    assert not [element for element in kept if "Palette" in element.keyword]


def test_a_palette_that_is_missing_is_refused_with_what_to_do() -> None:
    original = _palette_image(8)
    del original.BluePaletteColorLookupTableData
    with pytest.raises(ImportRefused, match="Export it as RGB"):
        store(original, deidentify(original, KEYS, patient_id="1"))
