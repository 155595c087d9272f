"""What a researcher's program may take along: frozen rows, and the keys of images by set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotation.models import ReservedCase
from annotation.selectors.unaided import studies_read_unaided
from core.errors import Invalid
from core.models import Project, User
from imaging.models import Instance, Split, Study
from learning.models import Snapshot, SnapshotRow
from learning.services.images import images_of

SETS = ("pool", "calibration", "gate", "test")
MOST_ROWS = 2000


@dataclass(frozen=True)
class FrozenRows:
    """Some rows of a snapshot in its own order; `withheld` rows are of studies this person is yet to read unaided."""

    rows: list[dict[str, Any]]
    total: int
    withheld: int


def frozen_rows(*, user: User, snapshot: Snapshot, start: int, count: int) -> FrozenRows:
    """Rows `start` to `start + count` of those that this person may see. Raises Invalid for bounds out of reason."""
    if start < 0 or not 1 <= count <= MOST_ROWS:
        raise Invalid(f"Ask for 1 to {MOST_ROWS} rows from 0 on, not for {count} from {start}.")
    every = SnapshotRow.objects.filter(snapshot=snapshot)
    unread = studies_read_unaided(user=user, project=snapshot.project)
    waiting = Instance.objects.filter(series__study__in=unread)
    present = every.exclude(patient__withdrawn_at__isnull=False)
    shown = present.exclude(sop_uid__in=waiting.values("sop_uid")).select_related("patient")
    ordered = shown.order_by("sop_uid", "origin")
    total = shown.count()
    rows = [
        {
            "key": row.sop_uid, "patient": row.patient.pseudonym, "origin": row.origin, "targets": row.targets,
            "weights": row.weights, "sources": row.sources,
        }
        for row in ordered[start : start + count]
    ]
    return FrozenRows(rows, total, present.count() - total)


def image_keys(*, project: Project, purpose: str) -> list[dict[str, str]]:
    """Key, study and patient of every image of one set that a model judges; no answers. Raises Invalid."""
    if purpose not in SETS:
        raise Invalid(f"There is no set {purpose!r}; there are: {', '.join(SETS)}.")
    if purpose == "test":
        raise Invalid("The test set is opened by an explicit act on the worklists page, not by a program.")
    studies = Study.objects.filter(projects=project, patient__withdrawn_at=None, patient__is_quarantined=False)
    if purpose == "pool":
        studies = studies.filter(patient__split__in=[Split.POOL, Split.UNASSIGNED])
    else:
        cases = ReservedCase.objects.filter(project=project, reserved_set__purpose=purpose)
        studies = studies.filter(pk__in=cases.values("study"))
    found = images_of(project, studies.values_list("pk", flat=True))
    images = (image for study in sorted(found) for image in found[study])
    return [
        {"key": i.sop_uid, "study": i.series.study.uid, "patient": i.series.study.patient.pseudonym} for i in images
    ]
