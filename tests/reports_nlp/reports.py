"""Reports as rows, for tests of what is made of them."""

from __future__ import annotations

import hashlib
from itertools import count

from annotation.models import Finding
from annotation.services.schema import create_finding
from core.models import Project
from imaging.models import Study
from reports_nlp.models import Report

_numbers = count(1)
TEXT = (
    "INDICATION: Cough.\n\nTECHNIQUE: Two views.\n\n"
    "IMPRESSION: Small left pleural effusion. Possible pneumonia. No pneumothorax."
)
NAMES = {
    "effusion": "Pleural effusion", "pneumothorax": "Pneumothorax", "cardiomegaly": "Cardiomegaly",
    "pneumonia": "Pneumonia",
}


def chest_findings(project: Project) -> dict[str, Finding]:
    """Findings by code, as a chest project has them."""
    return {
        code: create_finding(project=project, user=None, code=code, name=name, has_laterality=code == "effusion")
        for code, name in NAMES.items()
    }


def bare_report(
    project: Project, study: Study | None = None, text: str = TEXT, *, key: str = "", version: int = 1,
    is_latest: bool = True, language: str = "en",
) -> Report:
    """A report as the intake leaves it."""
    return Report.objects.create(
        project=project, study=study, key=key or f"report:{next(_numbers)}", version=version, text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(), is_latest=is_latest, language=language,
    )


def new_version(report: Report, text: str) -> Report:
    """The same report with another text."""
    Report.objects.filter(pk=report.pk).update(is_latest=False)
    report.refresh_from_db()
    return bare_report(report.project, report.study, text, key=report.key, version=report.version + 1)
