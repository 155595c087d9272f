"""Reserved sets in words, and sizes to begin with."""

from __future__ import annotations

from dataclasses import dataclass

from annotation.models import ReservedSet
from core.models import Project
from imaging.models import Patient, Split, Study

ABOUT = {
    "gate": "Decides promotion: a new model takes over only if it is better on these cases. Never trained on.",
    "calibration": "Sets temperature and thresholds, so that 80 % means 80 %. Used for nothing else.",
    "test": "Stays closed until you open it for a final figure. Every opening is counted and shown.",
}


@dataclass(frozen=True)
class Suggested:
    """Sizes to begin with, and what there is to draw from."""

    studies: int
    patients: int
    unidentified: int
    gate: int
    calibration: int
    test: int
    is_drawn: bool


def suggested_sizes(project: Project) -> Suggested:
    """A fifth of what may be drawn for the gate (at most 200 cases), a twentieth for calibration (at most 60)."""
    studies = Study.objects.filter(projects=project, patient__withdrawn_at=None)
    drawable = studies.filter(
        patient__split=Split.UNASSIGNED, patient__is_identified=True, patient__is_quarantined=False
    ).count()
    patients = Patient.objects.filter(studies__projects=project, withdrawn_at=None).distinct()
    return Suggested(
        studies=studies.count(), patients=patients.count(), unidentified=patients.filter(is_identified=False).count(),
        gate=min(200, drawable // 5), calibration=min(60, drawable // 20), test=0,
        is_drawn=ReservedSet.objects.filter(project=project).exists(),
    )
