"""Re-reads: now and then a reader is handed a case again, unaided and untold, to see how they agree with themselves.

They stand on a list of their own behind the worklist. What is said there is kept as a reading, enters no ledger, trains
nothing, counts in no progress, and is its reader's alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from annotation.models import Reading, ReadingMode, ReadingState, ReportPolicy, Slot, Worklist, WorklistItem
from annotation.services import queue
from core.models import User
from imaging.models import Study
from imaging.services.patients import site_keys

PLACES = 32_000
"""Every reader of the list may read the case again: more than there are readers."""


def draw_reread(*, worklist: Worklist, reader: User, handed: int, now: datetime) -> Slot | None:
    """A place on a case that the reader has answered long enough ago, when chance under the site's key says so.

    `handed` counts what was handed to the reader before: the same number draws the same. None: an ordinary case.
    """
    if not worklist.is_open or _draw(worklist, reader, handed) >= worklist.reread_share:
        return None
    due = _due(worklist, reader, now - timedelta(days=worklist.reread_after_days))
    if due is None:
        return None
    item, _ = WorklistItem.objects.get_or_create(
        worklist=_list_of(worklist), study=due, defaults={"slots_total": PLACES, "is_always_unaided": True}
    )
    until = now + timedelta(minutes=worklist.reservation_minutes)
    return place_again(item=item, reader=reader, until=until)


def place_again(*, item: WorklistItem, reader: User, until: datetime) -> Slot | None:
    """A place on an item of a list of re-reads; None where somebody took it a moment ago: it may come again later."""
    try:
        with transaction.atomic():
            return Slot.objects.create(
                item=item, reader=reader, ordinal=queue.free_ordinal(item), reserved_until=until
            )
    except IntegrityError:
        return None


def _draw(worklist: Worklist, reader: User, handed: int) -> float:
    return int(site_keys().digest("reread", f"{worklist.pk}:{reader.pk}:{handed}")[:12], 16) / 2**48


def _due(worklist: Worklist, reader: User, until: datetime) -> Study | None:
    """The case answered longest ago that has not come again; one whose re-read ran out may come again."""
    behind = WorklistItem.objects.filter(worklist__rereads_of=worklist, study=OuterRef("item__study"))
    again = behind.filter(
        Q(slots__reader=reader) | (Q(readings__reader=reader) & ~Q(readings__state=ReadingState.EXPIRED))
    )
    answered = Reading.objects.filter(
        item__worklist=worklist, item__retired_at=None, item__study__patient__withdrawn_at=None, reader=reader,
        state=ReadingState.SUBMITTED, submitted_at__lte=until,
    )
    found = answered.filter(~Exists(again)).select_related("item__study").order_by("submitted_at", "pk").first()
    return found.item.study if found is not None else None


def _list_of(worklist: Worklist) -> Worklist:
    made, _ = Worklist.objects.get_or_create(
        rereads_of=worklist, defaults={
            "project": worklist.project, "name": f"re-reads of {worklist.pk}", "kind": worklist.kind,
            "mode": ReadingMode.UNAIDED, "report_policy": ReportPolicy.NEVER, "unaided_share": 0.0, "cases_ahead": 0,
            "reservation_minutes": worklist.reservation_minutes, "has_second_look": False,
        },
    )
    return made
