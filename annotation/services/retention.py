"""What the sweep forgets: entries of rankings that nobody is given cases from any more."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from annotation.models import Ranking, RankingEntry, Slot, SlotState, Worklist
from workers.schedule import every

KEEP = 2
"""Newest rankings per worklist: the one in force and the one before it."""
AT_ONCE = 20_000
UNFINISHED_FOR = timedelta(days=1)
"""A ranking is written within minutes; one that has waited longer lost its writer."""


@every(3600)
def forget_old_rankings() -> int:
    """Entries of superseded rankings go, the rankings' own rows stay as history. Returns how many entries went."""
    gone = 0
    for worklist in Worklist.objects.all().only("pk"):
        entries = RankingEntry.objects.filter(ranking__in=_superseded(worklist)).values("pk")[: AT_ONCE - gone]
        gone += RankingEntry.objects.filter(pk__in=list(entries.values_list("pk", flat=True))).delete()[0]
        if gone >= AT_ONCE:
            break
    Ranking.objects.filter(is_complete=False, created_at__lt=timezone.now() - UNFINISHED_FOR).delete()
    return gone


def _superseded(worklist: Worklist) -> QuerySet[Ranking]:
    """Not of those whose reasons somebody with a reserved case will still ask for."""
    complete = Ranking.objects.filter(worklist=worklist, is_complete=True)
    kept = list(complete.order_by("-pk").values_list("pk", flat=True)[:KEEP])
    reserved = Slot.objects.filter(ranking=OuterRef("pk"), state=SlotState.RESERVED)
    in_force = Worklist.objects.filter(ranking=OuterRef("pk"))
    return complete.exclude(pk__in=kept).filter(~Exists(reserved), ~Exists(in_force))
