"""Radiographs whose pixels are not square, so that a mark shows whether both directions were heeded."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pydicom

from annotation.geometry import runs
from annotation.services.masks import keep_masks
from core.models import Project
from imaging.models import Patient, Split, Study
from learning.models import PredictedMask, Prediction
from tests.factories import import_folder, phantom_file
from tests.learning.rows import make_model

MARKS_STUDY, SPACINGS_STUDY, MASKS_STUDY = 970, 971, 972
"""Numbers of the phantoms: no other test has these patients."""
SPACINGS = ((1.4, 0.7), (0.7, 1.4), (1.0, 1.0))
"""Millimetres between rows and between columns, a series each: high, wide and square pixels."""


def make_marks_study(project: Project) -> Study:
    with tempfile.TemporaryDirectory() as name:
        path = phantom_file(Path(name), MARKS_STUDY, size=256)
        dataset = pydicom.dcmread(path)
        dataset.PixelSpacing = [1.4, 0.7]
        dataset.ImagerPixelSpacing = [1.5, 0.75]
        dataset.save_as(path, enforce_file_format=True)
        return _imported(project, Path(name))


def make_spacings_study(project: Project) -> Study:
    """The same radiograph with pixels of each shape."""
    with tempfile.TemporaryDirectory() as name:
        dataset = pydicom.dcmread(phantom_file(Path(name), SPACINGS_STUDY, size=256))
        Path(name, f"dx{SPACINGS_STUDY:04d}.dcm").unlink()
        for number, spacing in enumerate(SPACINGS, start=1):
            dataset.PixelSpacing = dataset.ImagerPixelSpacing = list(spacing)
            dataset.SeriesNumber = number
            dataset.SeriesInstanceUID = f"2.25.9710.{number}"
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"2.25.9710.{number}.1"
            dataset.save_as(Path(name, f"{number}.dcm"), enforce_file_format=True)
        return _imported(project, Path(name))


def make_masks_study(project: Project) -> Study:
    """A radiograph on which a model outlines an ellipse."""
    with tempfile.TemporaryDirectory() as name:
        phantom_file(Path(name), MASKS_STUDY, size=256)
        study = _imported(project, Path(name))
    rows, columns = np.mgrid[:256, :256]
    mask = ((rows - 110) / 40) ** 2 + ((columns - 160) / 25) ** 2 < 1
    ((blob, _),) = keep_masks([{"rows": 256, "columns": 256, "rle": runs.to_text(runs.pack(runs.from_mask(mask)))}])
    prediction = Prediction.objects.create(
        model_version=make_model(project, suggests_masks=True), instance=study.series.get().instances.get(),
        probabilities={"nodule": 0.9},
    )
    PredictedMask.objects.create(
        prediction=prediction, finding="nodule", mask=blob, rows=256, columns=256, area=int(mask.sum()), probability=0.8
    )
    return study


def _imported(project: Project, folder: Path) -> Study:
    batch = import_folder(project, folder)
    study = Study.objects.filter(series__instances__in=batch.verdicts.values("instance")).distinct().get()
    Patient.objects.filter(studies=study, split=Split.UNASSIGNED).update(split=Split.POOL)
    return study
