"""Drafts whose place ran out: which a reader may go on with, and which others read meanwhile."""

from __future__ import annotations

from django.db.models import Count, F, Q, QuerySet

from annotation.models import Reading, ReadingState, Worklist
from core.models import User


def drafts_begun(*, worklist: Worklist, reader: User) -> QuerySet[Reading]:
    """This reader's drafts without a place, the last saved first, re-reads among them."""
    return Reading.objects.filter(
        Q(item__worklist=worklist) | Q(item__worklist__rereads_of=worklist), reader=reader,
        state=ReadingState.EXPIRED, draft_version__gte=1, item__retired_at=None,
    ).order_by("-saved_at", "-pk")


def drafts_out_of_turn(*, worklist: Worklist, reader: User) -> int:
    """How many of them will not be handed out by themselves: others hold every place, or the list is closed."""
    begun = drafts_begun(worklist=worklist, reader=reader)
    if not worklist.is_open:
        return begun.count()
    return begun.annotate(held=Count("item__slots")).filter(held__gte=F("item__slots_total")).count()
