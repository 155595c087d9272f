"""Tables applied before browsers see the pixels: they know a slope and an intercept, but no palette and no table."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut

from imaging.dicom.errors import ImportRefused


def through_palette(frames: npt.NDArray[Any], original: Dataset, header: Dataset) -> npt.NDArray[np.uint8]:
    """Colours instead of places in the palette, which would have to be sent along with every image.

    Takes the palette out of the header. Raises ImportRefused for a palette that can't be read.
    """
    try:
        colours = apply_color_lut(frames, original)
    except (AttributeError, ValueError) as error:
        raise ImportRefused(f"Its colour palette can't be read ({error}). Export it as RGB.") from None
    for keyword in [element.keyword for element in header if "PaletteColorLookupTable" in element.keyword]:
        delattr(header, keyword)
    wide = colours.dtype.itemsize > 1 and int(colours.max()) > 255
    return (colours >> 8 if wide else colours).astype(np.uint8)


def through_modality_table(frames: npt.NDArray[Any], original: Dataset, header: Dataset) -> npt.NDArray[Any]:
    """What the modality table gives instead of places in it; the header then rescales by one and nought.

    Raises ImportRefused for a table that can't be read.
    """
    try:
        values = apply_modality_lut(frames, original)
    except (AttributeError, IndexError, ValueError, TypeError, NotImplementedError) as error:
        raise ImportRefused(f"Its modality table can't be read ({type(error).__name__}). Export it again.") from None
    header.BitsStored = int(header.ModalityLUTSequence[0].LUTDescriptor[2])
    header.RescaleSlope, header.RescaleIntercept = 1.0, 0.0
    for keyword in ("ModalityLUTSequence", "PixelPaddingValue", "PixelPaddingRangeLimit",
                    "SmallestImagePixelValue", "LargestImagePixelValue"):
        if keyword in header:
            delattr(header, keyword)
    return values.astype(np.uint8 if values.dtype.itemsize == 1 else np.uint16)
