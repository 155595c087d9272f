"""Small pictures of stored images, for a glance beside a definition."""

from __future__ import annotations

import io

import numpy as np
import pydicom
from PIL import Image

from imaging import storage
from imaging.dicom.pixels import training_frame
from imaging.models import Instance

LONGEST_SIDE = 320
"""Pixels."""


def thumbnail(instance: Instance) -> bytes:
    """PNG in the file's own window, its longest side at most 320 pixels; the middle frame of several."""
    pixels = training_frame(pydicom.dcmread(storage.path_of(instance.path)), instance.frames // 2)
    picture = Image.fromarray(np.rint(pixels * 255).astype(np.uint8))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    body = io.BytesIO()
    picture.save(body, "PNG")
    return body.getvalue()
