"""What is exported: current lines of a project, by kind of source."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from annotation.models import CurrentObservation
from annotation.selectors.unaided import studies_read_unaided
from core.models import Project, User
from imaging.models import Split

NOTICE = "Research use only. Not for diagnosis."


@dataclass(frozen=True)
class Selection:
    """A project and the kinds of sources whose word is wanted (readers' alone by default).

    The test set's answers stay behind unless `with_test`: leaving them out is what keeps it a test. What `taken_by`,
    who may read cases, is yet to read unaided stays behind as well, reserved sets included.
    """

    project: Project
    kinds: tuple[str, ...] = ("reader",)
    with_test: bool = False
    taken_by: User | None = None

    def lines(self) -> QuerySet[CurrentObservation]:
        current = CurrentObservation.objects.filter(
            project=self.project, source__kind__in=self.kinds, study__patient__withdrawn_at=None
        )
        if not self.with_test:
            current = current.exclude(study__patient__split=Split.TEST)
        if self.taken_by is not None:
            current = current.exclude(study__in=studies_read_unaided(user=self.taken_by, project=self.project))
        return (
            current
            .select_related(
                "observation__region__instance", "observation__region__series", "observation__instance",
                "observation__series", "finding", "source", "study__patient",
            )
            .defer("observation__region__instance__metadata", "observation__instance__metadata")
            .order_by("study_id", "finding__position", "source_id", "subject")
        )
