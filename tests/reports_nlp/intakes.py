"""Imports of reports as tests make them: files in memory, and studies whose keys are those of original identifiers."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from core.models import Project, User
from imaging.models import ProjectStudy, Study
from imaging.services.patients import patient_for, site_keys
from reports_nlp.models import ReportIntake
from reports_nlp.services.intake import open_intake
from reports_nlp.services.intake_files import import_files
from tests.reports_nlp.sources.samples import ACCESSION, PATIENT_ID, STUDY_UID


def take(
    project: Project, files: dict[str, bytes], *, user: User | None = None, intake: ReportIntake | None = None,
    **options: Any,
) -> ReportIntake:
    """Import files by the service, as the command does it."""
    with tempfile.TemporaryDirectory() as name:
        for file, data in files.items():
            path = Path(name) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        intake = intake or open_intake(project=project, user=user, options=options)
        return import_files(intake=intake, paths=[Path(name)])


def verdicts(intake: ReportIntake) -> dict[str, str]:
    """`name place` → verdict."""
    return {f"{v.name} {v.place}".strip(): v.verdict for v in intake.verdicts.all()}


def keyed_study(
    project: Project, *, patient_id: str = PATIENT_ID, accession: str = ACCESSION, study_uid: str = STUDY_UID,
    day: str = "2021-04-05",
) -> Study:
    """A study as the importer of images keeps one with these original identifiers."""
    keys = site_keys()
    patient = patient_for(patient_id=patient_id, keys=keys)
    shifted = date.fromisoformat(day) + timedelta(days=patient.day_shift) if day else None
    study = Study.objects.create(
        uid=keys.uid(study_uid), patient=patient, accession=keys.accession(accession), date=shifted
    )
    ProjectStudy.objects.create(project=project, study=study)
    return study
