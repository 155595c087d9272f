"""Studies that hang in several viewports: a CT with an earlier one, and a frontal and a lateral radiograph."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import UID

from core.models import Project
from imaging.models import Split, Study
from imaging.models.patient import Patient
from tests.factories import import_folder, phantom_ct, phantom_file

FIRST = 990
"""Index of the first phantom: no other test has these patients."""


def make_hanging_studies(project: Project, *, slices: int = 8, size: int = 256) -> list[Study]:
    """What is to be read, in order: the CT (its earlier study comes in, too), then the two radiographs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in phantom_ct(folder / "now", FIRST, slices=slices):
            _changed(path, PatientID="HANGING-CT", StudyDate="20240501")
        for path in phantom_ct(folder / "before", FIRST + 1, slices=slices - 2):
            _changed(path, PatientID="HANGING-CT", StudyDate="20220430")
        frontal = phantom_file(folder / "films", FIRST + 2, patient="HANGING-DX", size=size)
        lateral = phantom_file(folder / "films", FIRST + 3, patient="HANGING-DX", size=size)
        first = pydicom.dcmread(frontal)
        _changed(
            lateral, StudyInstanceUID=first.StudyInstanceUID, SeriesInstanceUID=first.SeriesInstanceUID,
            StudyDate=first.StudyDate, ViewPosition="LL", InstanceNumber=2,
        )
        import_folder(project, folder)
    studies = Study.objects.filter(projects=project)
    Patient.objects.filter(studies__in=studies).update(split=Split.POOL)
    ct = studies.filter(series__modality="CT").order_by("-date").first()
    assert ct is not None
    return [ct, studies.filter(series__modality="DX").distinct().get()]


def _changed(path: Path, **values: str | int | UID) -> None:
    dataset: Dataset = pydicom.dcmread(path)
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)
