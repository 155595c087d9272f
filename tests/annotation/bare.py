"""Studies without pixels, for tests of the ledger and the queue: rows as the importer leaves them, made in a moment."""

from __future__ import annotations

import uuid
from itertools import count

from core.models import Project
from imaging.models import Instance, Patient, ProjectStudy, Series, Split, Study

_numbers = count(1)


def bare_patient(split: str = Split.POOL) -> Patient:
    number = next(_numbers)
    return Patient.objects.create(
        pseudonym=f"P-BARE{number}", split=split, split_digest=uuid.uuid4().hex, day_shift=-number
    )


def bare_study(project: Project, *, patient: Patient | None = None, split: str = Split.POOL, images: int = 1) -> Study:
    """A study of radiographs of 64 rows and 48 columns."""
    number = next(_numbers)
    study = Study.objects.create(uid=f"2.25.{number}.1", patient=patient or bare_patient(split))
    ProjectStudy.objects.create(project=project, study=study)
    series = Series.objects.create(uid=f"2.25.{number}.2", study=study, modality="DX")
    for place in range(images):
        Instance.objects.create(
            sop_uid=f"2.25.{number}.3.{place}", sop_class_uid="1.2.840.10008.5.1.4.1.1.1.1", series=series, rows=64,
            columns=48, transfer_syntax_uid="1.2.840.10008.1.2.1", path=f"bare/{number}/{place}", bytes=1,
            sha256=f"{number}", source_digest=f"{number}-{place}",
        )
    return study


def bare_studies(project: Project, number: int, *, split: str = Split.POOL) -> list[Study]:
    """One patient each."""
    return [bare_study(project, split=split) for _ in range(number)]


def image_of(study: Study) -> Instance:
    found = Instance.objects.filter(series__study=study).order_by("pk").first()
    assert found is not None
    return found
