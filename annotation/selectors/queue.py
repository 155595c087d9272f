"""The top of a worklist's queue, with why. Nothing of it reaches somebody who may still read the case unaided."""

from __future__ import annotations

from dataclasses import dataclass

from annotation.models import RankingEntry, Reading, ReadingMode, Worklist
from core.access import may
from core.models import User


@dataclass(frozen=True)
class QueuedCase:
    """One case that waits. `priority` and `reason` are None where this person must not know them yet."""

    place: int
    study_uid: str
    patient: str
    priority: float | None
    reason: str | None
    slots_open: int


def top_of_queue(*, worklist: Worklist, user: User, count: int) -> list[QueuedCase]:
    """The next `count` cases in the order in which they are handed out."""
    if worklist.ranking_id is None:
        return []
    waiting = RankingEntry.objects.filter(ranking=worklist.ranking_id, slots_open__gt=0)
    rows = list(waiting.select_related("item__study__patient").order_by("-priority", "id")[:count])
    withheld = _withheld(worklist, user, rows)
    return [
        QueuedCase(
            place, row.item.study.uid, row.item.study.patient.pseudonym,
            None if row.item_id in withheld else row.priority, None if row.item_id in withheld else row.reason,
            row.slots_open,
        )
        for place, row in enumerate(rows, start=1)
    ]


def _withheld(worklist: Worklist, user: User, rows: list[RankingEntry]) -> set[int]:
    """Items this person may yet read without help: an unaided answer comes before a machine's word (invariant 4)."""
    if not may(user, "annotate", worklist.project):
        return set()
    aided = worklist.mode == ReadingMode.CONCURRENT
    unaided = {row.item_id for row in rows if not aided or row.item.is_always_unaided}
    read = Reading.objects.filter(item__in=unaided, reader=user, version__gte=1).values_list("item_id", flat=True)
    return unaided - set(read)
