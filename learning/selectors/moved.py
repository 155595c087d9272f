"""Which cases moved in the queue and why, for the eyes of one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotation.models import Reading, ReadingMode, WorklistItem
from annotation.selectors.unaided import studies_read_unaided
from core.access import may
from core.models import User
from learning.models import Iteration


@dataclass(frozen=True)
class MovedCase:
    """One case of the queue; `why` is empty while it must not sway this person's own reading."""

    label: str
    before: int
    after: int
    why: str
    is_withheld: bool

    @property
    def went_up(self) -> bool:
        return self.after < self.before


def moved_for(user: User, turn: Iteration) -> list[MovedCase]:
    """A reader who is yet to read a case without help isn't told what a model makes of it (invariant 4)."""
    withheld = _withheld(user, turn)
    return [_case(move, move["study"] in withheld) for move in turn.moved]


def _case(move: dict[str, Any], is_withheld: bool) -> MovedCase:
    return MovedCase(move.get("label", ""), move["from"], move["to"], "" if is_withheld else move["why"], is_withheld)


def _withheld(user: User, turn: Iteration) -> set[int]:
    """Studies among those moved that this person may still have to read unaided, on whichever list."""
    if not may(user, "annotate", turn.loop.project):
        return set()
    moved = [m["study"] for m in turn.moved]
    elsewhere = studies_read_unaided(user=user, project=turn.loop.project).filter(pk__in=moved)
    items = WorklistItem.objects.filter(
        worklist=turn.loop.worklist_id, study__in=moved
    ).select_related("worklist")
    unaided = {i.study_id for i in items if i.is_always_unaided or i.worklist.mode != ReadingMode.CONCURRENT}
    read = Reading.objects.filter(reader=user, item__worklist=turn.loop.worklist_id, version__gte=1)
    here = unaided - set(read.values_list("item__study_id", flat=True))
    return here | set(elsewhere.values_list("pk", flat=True))
