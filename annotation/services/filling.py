"""Putting studies on a worklist and into its queue, whoever ranked it last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from annotation.models import Ranking, RankingEntry, ReservedSet, Worklist, WorklistItem, WorklistKind
from annotation.services import queue
from annotation.services.reserve import join_pool
from annotation.services.worklists import add_items, write_ranking
from core import audit
from core.errors import Invalid
from core.models import Project, User
from imaging.models import Split, Study

UNRANKED = "in random order: no model has ranked this list yet"
NEW = "new on this list: no model has looked at it yet"


def fill_worklist(*, worklist: Worklist, user: User | None, studies: Iterable[Study] | None = None) -> int:
    """Add studies (None: every one that belongs here) and queue them; returns how many were new.

    Belonging means the pool for a ranked list, the reserved sets for a reference list. Raises Invalid while the
    reserved sets have not been drawn: afterwards it would be too late to draw them at random.
    """
    join_pool(project=worklist.project)
    if studies is None:
        _require_the_draw(worklist.project)
        studies = _belonging(worklist)
    # The turn comes first: items hold their worklist's row, for which a new ranking waits while it has the turn.
    with queue.turn(worklist.pk, alone=True):
        added = add_items(worklist=worklist, studies=studies)
        queue_new_items(worklist=worklist)
        if added:
            subject = f"worklist:{worklist.pk}"
            audit.record("worklist.filled", actor=user, project=worklist.project, subject=subject, studies=added)
    return added


def _require_the_draw(project: Project) -> None:
    undrawn = Study.objects.filter(projects=project, patient__split=Split.UNASSIGNED, patient__withdrawn_at=None)
    if not ReservedSet.objects.filter(project=project).exists() and undrawn.exists():
        raise Invalid(
            "Draw the reserved sets first (Worklists page, or import_images --reserve): once a case has been ranked it "
            "can't be drawn any more.", remedy="draw-reserved-sets",
        )


def _belonging(worklist: Worklist) -> list[Study]:
    present = Study.objects.filter(projects=worklist.project, patient__withdrawn_at=None, patient__is_quarantined=False)
    if worklist.kind == WorklistKind.REFERENCE:
        return list(present.filter(reserved_in__project=worklist.project))
    return list(present.filter(patient__split=Split.POOL))


def queue_new_items(*, worklist: Worklist) -> int:
    """Items that the ranking in force does not know go to its end, in an order that nothing in the images decides.

    A ranking is written whole: the new one is the old one with these behind it.
    """
    with queue.turn(worklist.pk, alone=True):
        current = Worklist.objects.select_related("ranking").get(pk=worklist.pk).ranking
        known = RankingEntry.objects.filter(ranking=current, item=OuterRef("pk"))
        items = WorklistItem.objects.filter(worklist=worklist, retired_at=None).filter(~Exists(known))
        new = sorted(items.values_list("study_id", "study__uid"), key=lambda s: _random_place(s[1]))
        if not new:
            return 0
        before = _entries(current)
        floor = min((priority for _, priority, _ in before), default=0.0)
        reason = UNRANKED if current is None else NEW
        behind = [(study, floor - 1.0 - place, reason) for place, (study, _) in enumerate(new)]
        write_ranking(
            worklist=worklist, entries=[*before, *behind], query="random" if current is None else current.query,
            model_version="" if current is None else current.model_version,
        )
    return len(new)


def _entries(ranking: Ranking | None) -> list[tuple[int, float, str]]:
    if ranking is None:
        return []
    rows = ranking.entries.order_by("-priority", "id").values_list("item__study_id", "priority", "reason")
    return list(rows)


def _random_place(uid: str) -> str:
    return hashlib.sha256(f"queue:{uid}".encode()).hexdigest()
