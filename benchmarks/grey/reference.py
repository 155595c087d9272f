"""The reference pipeline on the file as it came: pydicom decodes and windows. Nothing of the service's own.

Modality LUT → VOI window or table → MONOCHROME1 turned round; colour as RGB in 8 bits. Without a window the 0.5th to
99.5th percentile of the image, as for networks.
"""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi, apply_windowing
from pydicom.pixels.utils import pixel_array

from imaging.dicom.jpeg12 import decode_twelve_bit, is_twelve_bit

MACROS = ("PixelValueTransformationSequence", "FrameVOILUTSequence")


@dataclass(frozen=True)
class Reference:
    """One image file, decoded once."""

    dataset: Dataset
    frames: npt.NDArray[Any]
    """F x H x W (x 3), stored values."""

    @classmethod
    def of(cls, dataset: Dataset) -> Reference:
        """Raises what pydicom raises for pixels that it can't decode."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # pydicom declines 12-bit JPEG: GDCM's codec is the reference there.
            pixels = decode_twelve_bit(dataset) if is_twelve_bit(dataset) else pixel_array(dataset)
        dimensions = 3 if int(dataset.get("SamplesPerPixel") or 1) == 1 else 4
        return cls(dataset, pixels if pixels.ndim == dimensions else pixels[np.newaxis])

    @property
    def tall(self) -> float:
        """How many times as high as wide a pixel is."""
        for keyword in ("PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio"):
            spacing = self.dataset.get(keyword)
            if spacing and float(spacing[0]) > 0:
                return float(spacing[0]) / float(spacing[1])
        return 1.0

    def grey(self, frame: int) -> npt.NDArray[np.float64]:
        """H x W x 3 in 0…255; of grey images with tall pixels H' x W x 3, rows drawn in between as a screen does."""
        pixels = self.frames[frame]
        if pixels.ndim == 3:
            top = 255 if pixels.dtype == np.uint8 else 2 ** int(self.dataset.BitsStored) - 1
            return pixels * (255.0 / top)
        if self.dataset.PhotometricInterpretation == "PALETTE COLOR":
            colours = apply_color_lut(pixels, self.dataset)
            return (colours >> 8 if colours.itemsize > 1 and colours.max() > 255 else colours).astype(np.float64)
        flat = self._of_frame(frame)
        values = apply_modality_lut(pixels, flat)
        shown = _windowed(_stretched(values, self.tall), flat, values)
        shown = 1 - shown if flat.PhotometricInterpretation == "MONOCHROME1" else shown
        return np.repeat(shown[..., np.newaxis], 3, axis=2) * 255

    def _of_frame(self, frame: int) -> Dataset:
        """Rescale and window of enhanced objects stand in groups (PS3.3 C.7.6.16)."""
        shared = list(self.dataset.get("SharedFunctionalGroupsSequence") or [])[:1]
        own = list(self.dataset.get("PerFrameFunctionalGroupsSequence") or [])[frame : frame + 1]
        if not shared and not own:
            return self.dataset
        flat = copy.copy(self.dataset)
        for group in (*shared, *own):
            for macro in MACROS:
                for item in list(group.get(macro) or [])[:1]:
                    flat.update(item)
        return flat


def _stretched(values: npt.NDArray[Any], tall: float) -> npt.NDArray[Any]:
    """Rows one screen pixel apart, linear between the image's; nothing beyond its last row's middle."""
    if abs(tall - 1) < 1e-6:
        return values
    at = np.arange(int((len(values) - 1) * tall) + 1) / tall
    above = np.minimum(at.astype(int), len(values) - 1)
    below = np.minimum(above + 1, len(values) - 1)
    share = (at - above)[:, np.newaxis]
    return np.asarray((1 - share) * values[above] + share * values[below])


def _windowed(values: npt.NDArray[Any], dataset: Dataset, whole: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """0…1; where the file asks for no window, `whole` says the least and the greatest."""
    width = dataset.get("WindowWidth")
    if width is not None and np.atleast_1d(np.asarray(width, np.float64))[0] > 0:
        wide = float(np.atleast_1d(np.asarray(width, np.float64))[0])
        with np.errstate(over="ignore"):
            # What pydicom's window makes of a very small and a very large number are its black and its white.
            ends = apply_windowing(np.array([-1e6, 1e6]) * wide, dataset)
            shown = apply_windowing(values.astype(np.float64), dataset)
        return np.asarray((shown - ends[0]) / (ends[1] - ends[0]), np.float64)
    if dataset.get("VOILUTSequence"):
        bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        return np.asarray(apply_voi(values.astype(np.int64), dataset) / (2.0**bits - 1), np.float64)
    low, high = np.percentile(whole, (0.5, 99.5))
    return np.clip((values - low) / max(high - low, 1e-6), 0, 1)
