"""Where a project's reserved sets stand."""

from __future__ import annotations

from typing import Any

from annotation.models import CurrentObservation, ReservedSet, TestOpening
from core.models import Project
from imaging.models import Split, Study


def reserved_overview(*, project: Project) -> dict[str, Any]:
    """Sets with their size and how much of them is read, the pool, what is undrawn, every opening of the test set."""
    studies = Study.objects.filter(projects=project, patient__withdrawn_at=None)
    sets = ReservedSet.objects.filter(project=project).order_by("purpose")
    return {
        "is_drawn": sets.exists(),
        "sets": [_standing(reserved) for reserved in sets],
        "pool": studies.filter(patient__split=Split.POOL).count(),
        "undrawn": studies.filter(patient__split=Split.UNASSIGNED).count(),
        "unidentified": studies.filter(patient__is_identified=False).count(),
        "test_openings": list(
            TestOpening.objects.filter(reserved_set__project=project).select_related("by").order_by("-at")
        ),
    }


def _standing(reserved: ReservedSet) -> dict[str, Any]:
    cases = reserved.cases.filter(study__patient__withdrawn_at=None)
    read = CurrentObservation.objects.filter(
        project=reserved.project_id, source__kind="reader", subject="study", study__in=cases.values("study")
    )
    return {
        "purpose": reserved.purpose, "version": reserved.version, "drawn_at": reserved.drawn_at,
        "cases": cases.count(), "read": read.values("study").distinct().count(),
    }
