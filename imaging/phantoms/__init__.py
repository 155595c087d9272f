"""Phantom thoraxes: radiographs, CT series and reports with exact labels, boxes and masks. Research use only.

>>> thorax = sample_thorax(seed=1, index=0)
>>> render_radiograph(thorax, rows=64, columns=64).pixels.shape
(64, 64)
"""

from imaging.phantoms.batch import image_batch
from imaging.phantoms.ct import CTVolume, render_ct
from imaging.phantoms.dicom import ct_datasets, radiograph_dataset
from imaging.phantoms.parameters import FINDINGS, Distractor, Lesion, Thorax
from imaging.phantoms.radiograph import PhantomBox, Radiograph, render_radiograph
from imaging.phantoms.report import report_text
from imaging.phantoms.sampling import sample_thorax
from imaging.phantoms.version import PHANTOM_VERSION

__all__ = [
    "FINDINGS", "PHANTOM_VERSION", "CTVolume", "Distractor", "Lesion", "PhantomBox", "Radiograph", "Thorax",
    "ct_datasets", "image_batch", "radiograph_dataset", "render_ct", "render_radiograph", "report_text",
    "sample_thorax",
]
