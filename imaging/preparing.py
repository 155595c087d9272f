"""Images of the archive, or their series, as networks see them: in grey or in HU, spaced, cut, mirrored."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom

from imaging import storage
from imaging.dicom.pixels import calibrated_frame, training_frame
from imaging.dicom.views import Preparation, image_on_grid
from imaging.models import Instance
from imaging.prepared_volume import prepared_volume, why_no_volume
from imaging.way import Part, Unusable, Way, around, pad_of, spacing_of, straight_way

_GREY = 65535.0
# the side of each pair that is turned over, so that both look like the other one
_TURNED = {"BREAST": "R"} | dict.fromkeys(
    ("HAND", "FOOT", "WRIST", "ELBOW", "SHOULDER", "KNEE", "ANKLE", "HIP", "FINGER", "THUMB", "TOE", "HEEL", "ARM",
     "FOREARM", "HUMERUS", "LEG", "FEMUR", "THIGH", "TIBFIB", "CALF", "CLAVICLE", "SCAPULA", "EXTREMITY", "EYE", "EAR"),
    "L",
)


def prepared(instance: Instance, wanted: Preparation, part: Part | None = None) -> npt.NDArray[Any]:
    """wanted.shape in wanted.dtype; of a volume the series that the instance stands for.

    part  what to crop to; None: the whole. Raises Unusable, ImportRefused.
    """
    pixels = prepared_volume(instance, wanted, part) if wanted.is_volume else _image(instance, wanted, part)
    if wanted.dtype == np.int16:
        return np.asarray(np.clip(np.rint(pixels), -32768, 32767), np.int16)
    return np.asarray(np.rint(pixels * _GREY), np.uint16)


def is_turned(instance: Instance) -> bool:
    """Whether left and right are changed over so that both of a pair look like one: a right breast, a left hand."""
    series = instance.series
    part = "BREAST" if series.modality == "MG" else series.body_part.upper()
    told = [str(v) for v in instance.metadata.get("00200062", {}).get("Value", []) if v]
    side = (told or [series.laterality])[0].upper()
    return part in _TURNED and side == _TURNED[part]


def why_not(instance: Instance, wanted: Preparation) -> str:
    """Why the image or its series can't be prepared so; empty if it can. Reads no pixels."""
    if wanted.is_volume:
        return why_no_volume(instance)
    if wanted.spacing_mm is not None and spacing_of(instance.metadata) is None:
        return "it has no pixel spacing, so millimetres are not known"
    return ""


def way_of(instance: Instance, wanted: Preparation, part: Part | None = None) -> Way:
    """Of an image's prepared square to its pixels."""
    spacing = spacing_of(instance.metadata) or (1.0, 1.0)
    mirrored = wanted.standard and is_turned(instance)
    return straight_way((instance.rows, instance.columns), spacing, wanted, part, mirrored)


def _image(instance: Instance, wanted: Preparation, part: Part | None) -> npt.NDArray[np.float32]:
    spacing = spacing_of(instance.metadata)
    if spacing is None:
        if wanted.spacing_mm is not None:
            raise Unusable(why_not(instance, wanted))
        spacing = (1.0, 1.0)
    dataset = pydicom.dcmread(storage.path_of(instance.path))
    frame = None if instance.frames > 1 else 0
    pixels = calibrated_frame(dataset, frame) if wanted.values else training_frame(dataset, frame)
    focus = None if part is None else around(part, spacing)
    pad = pad_of(instance.series.modality) if wanted.values else 0.0
    mirror = wanted.standard and is_turned(instance)
    return image_on_grid(pixels, spacing, wanted, mirror=mirror, focus=focus, pad=pad)
