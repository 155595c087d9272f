"""A radiograph whose pixels are twice as high as wide, so that a mark shows whether both directions were heeded."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pydicom

from core.models import Project
from imaging.models import Patient, Split, Study
from tests.factories import import_folder, phantom_file

MARKS_STUDY = 970
"""Number of the phantom: no other test has this patient."""


def make_marks_study(project: Project) -> Study:
    with tempfile.TemporaryDirectory() as name:
        path = phantom_file(Path(name), MARKS_STUDY, size=256)
        dataset = pydicom.dcmread(path)
        dataset.PixelSpacing = [1.4, 0.7]
        dataset.ImagerPixelSpacing = [1.5, 0.75]
        dataset.save_as(path, enforce_file_format=True)
        import_folder(project, Path(name))
    study = Study.objects.get(projects=project)
    Patient.objects.filter(studies=study, split=Split.UNASSIGNED).update(split=Split.POOL)
    return study
