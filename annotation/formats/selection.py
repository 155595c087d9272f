"""What is exported: current lines of a project, by kind of source."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from annotation.models import CurrentObservation
from core.models import Project
from imaging.models import Split

NOTICE = "Research use only. Not for diagnosis."


@dataclass(frozen=True)
class Selection:
    """A project and the kinds of sources whose word is wanted (readers' alone by default).

    The test set's answers stay behind unless `with_test`: leaving them out is what keeps it a test.
    """

    project: Project
    kinds: tuple[str, ...] = ("reader",)
    with_test: bool = False

    def lines(self) -> QuerySet[CurrentObservation]:
        current = CurrentObservation.objects.filter(
            project=self.project, source__kind__in=self.kinds, study__patient__withdrawn_at=None
        )
        if not self.with_test:
            current = current.exclude(study__patient__split=Split.TEST)
        return (
            current
            .select_related(
                "observation__region__instance", "observation__region__series", "observation__instance",
                "observation__series", "finding", "source", "study__patient",
            )
            .defer("observation__region__instance__metadata", "observation__instance__metadata")
            .order_by("study_id", "finding__position", "source_id", "subject")
        )
