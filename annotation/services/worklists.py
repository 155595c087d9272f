"""Worklists: what to read, in which order, and who holds what.

The queue is the ranking in force: its entries with `slots_open > 0`, highest priority first. Taking the next case is
one guarded UPDATE and one INSERT in a transaction; the database's constraints refuse a second holder.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from annotation.models import (
    Ranking,
    RankingEntry,
    Reading,
    ReadingMode,
    ReadingState,
    Slot,
    SlotState,
    Worklist,
    WorklistItem,
    WorklistKind,
)
from annotation.services import queue
from annotation.services.begun import take_up_begun
from annotation.services.rereads import draw_reread
from core import audit
from core.errors import Conflict, Invalid
from core.models import Project, User
from imaging.models import Study
from imaging.services.patients import site_keys
from workers.schedule import every

NOT_RANKED = "behind the ranked cases: not looked at when this order was made"


def create_worklist(*, project: Project, name: str, user: User | None = None, **fields: Any) -> Worklist:
    """Raises Invalid when the project has a worklist of this name, or a reference list is to be read with help."""
    _check_name(project, name, None)
    if fields.get("kind") == WorklistKind.REFERENCE and fields.setdefault("mode", ReadingMode.UNAIDED) != "unaided":
        raise Invalid("A reference worklist is read unaided: it says how good readers and models are.", field="mode")
    with transaction.atomic():
        made = Worklist.objects.create(project=project, name=name.strip(), **fields)
        policy = {"kind": made.kind, "mode": made.mode, "report_policy": made.report_policy}
        audit.record("worklist.created", actor=user, project=project, subject=f"worklist:{made.pk}", **policy)
    return made


EDITABLE = (
    "name", "is_open", "mode", "report_policy", "unaided_share", "has_second_look", "reservation_minutes",
    "cases_ahead", "reread_share", "reread_after_days",
)


def edit_worklist(*, worklist: Worklist, user: User | None, **changed: Any) -> Worklist:
    """Change what of EDITABLE is given. A closed list hands out nothing new; what is reserved can be finished.

    How a case is read is fixed when it is opened: a new mode or share holds for the cases not opened yet. Raises
    Invalid for a name that is taken, a reference list with help, a share outside 0 to 1.
    """
    unknown = set(changed) - set(EDITABLE)
    if unknown:
        raise TypeError(f"A worklist has no {', '.join(sorted(unknown))} to change; known: {', '.join(EDITABLE)}.")
    if "name" in changed:
        _check_name(worklist.project, changed["name"], worklist)
        changed["name"] = changed["name"].strip()
    if worklist.kind == WorklistKind.REFERENCE and changed.get("mode", ReadingMode.UNAIDED) != ReadingMode.UNAIDED:
        raise Invalid("A reference worklist is read unaided: it says how good readers and models are.", field="mode")
    if not 0 <= changed.get("unaided_share", 0.0) <= 1:
        raise Invalid("The share of cases read unaided lies between 0 and 1.", field="unaided_share")
    if not 0 <= changed.get("reread_share", 0.0) <= 0.5:
        raise Invalid("The share of cases read again lies between 0 and 0.5.", field="reread_share")
    with transaction.atomic():
        for field, value in changed.items():
            setattr(worklist, field, value)
        worklist.save(update_fields=list(changed))
        if "unaided_share" in changed:
            _draw_again(worklist)
        told = {field: getattr(worklist, field) for field in EDITABLE if field != "name"}
        audit.record(
            "worklist.edited", actor=user, project=worklist.project, subject=f"worklist:{worklist.pk}", **told
        )
    return worklist


def _draw_again(worklist: Worklist) -> None:
    """The same draw against the new share, for cases that nobody holds or has opened: nobody picks which."""
    untouched = WorklistItem.objects.filter(worklist=worklist, slots=None, readings=None).select_related("study")
    items = list(untouched)
    for item in items:
        item.is_always_unaided = _draw(worklist, item.study) < worklist.unaided_share
    WorklistItem.objects.bulk_update(items, ["is_always_unaided"], batch_size=500)


def _check_name(project: Project, name: str, worklist: Worklist | None) -> None:
    if not name.strip():
        raise Invalid("A worklist needs a name.", field="name")
    same = Worklist.objects.filter(project=project, name=name.strip())
    if (same if worklist is None else same.exclude(pk=worklist.pk)).exists():
        raise Invalid(f"There is a worklist called {name.strip()!r} already.", field="name")


def add_items(*, worklist: Worklist, studies: Iterable[Study]) -> int:
    """Put studies on the list; those already there stay as they are. Returns how many were new.

    Raises Invalid for reserved studies on a ranked list: reserved sets are never ranked.
    """
    wanted = {study.pk: study for study in studies}
    wrong = Study.objects.filter(pk__in=wanted).exclude(patient__split__in=worklist.splits)
    if wrong.exists():
        raise Invalid(f"{wrong.count()} of these studies belong to sets that a {worklist.kind} worklist must not hold.")
    known = set(WorklistItem.objects.filter(worklist=worklist).values_list("study_id", flat=True))
    items = [
        WorklistItem(
            worklist=worklist, study=study, slots_total=worklist.readings_needed,
            is_always_unaided=_draw(worklist, study) < worklist.unaided_share,
        )
        for pk, study in wanted.items() if pk not in known
    ]
    WorklistItem.objects.bulk_create(items, batch_size=500)
    return len(items)


def _draw(worklist: Worklist, study: Study) -> float:
    """A number in [0, 1) that list and study decide under the site's key: nobody can choose, or work out, which."""
    return int(site_keys().digest("unaided", f"{worklist.pk}:{study.uid}")[:12], 16) / 2**48


def write_ranking(
    *, worklist: Worklist, entries: Iterable[tuple[int, float, str]], query: str, model_version: str = ""
) -> Ranking:
    """Write an order whole (study id, priority, reason), then point the worklist to it.

    What is reserved stays reserved: only places still open enter the new queue. Unread items that the order does not
    name stand behind it as they stood before. Raises ValueError for a priority that is not a number.
    """
    items = dict(WorklistItem.objects.filter(worklist=worklist).values_list("study_id", "pk"))
    ranking = Ranking.objects.create(worklist=worklist, query=query, model_version=model_version)
    rows = [
        RankingEntry(ranking=ranking, item_id=items[study_id], priority=_finite(priority), reason=reason[:300])
        for study_id, priority, reason in entries if study_id in items
    ]
    RankingEntry.objects.bulk_create(rows, batch_size=1000)
    with queue.turn(worklist.pk, alone=True):
        # From here on takers see the new order or the old one, never a mixture.
        before = Worklist.objects.select_for_update().get(pk=worklist.pk).ranking
        rest = _left_out(ranking, before, min((row.priority for row in rows), default=0.0))
        RankingEntry.objects.bulk_create(rest, batch_size=1000)
        queue.open_places(ranking)
        Ranking.objects.filter(pk=ranking.pk).update(is_complete=True, entries_total=len(rows) + len(rest))
        Worklist.objects.filter(pk=worklist.pk).update(ranking=ranking)
        RankingEntry.objects.filter(ranking=before, slots_open__gt=0).update(slots_open=0)
    worklist.refresh_from_db(fields=["ranking"])
    ranking.refresh_from_db()
    return ranking


def _finite(priority: float) -> float:
    if not math.isfinite(priority):
        raise ValueError(f"A case can't be ranked by {priority}.")
    return priority


def _left_out(ranking: Ranking, before: Ranking | None, floor: float) -> list[RankingEntry]:
    """Without these, a case that is given back or was added while the order was made would never be handed out."""
    done = Count("slots", filter=Q(slots__state=SlotState.DONE))
    unread = WorklistItem.objects.filter(worklist=ranking.worklist_id, retired_at=None).annotate(done=done).filter(
        ~Exists(RankingEntry.objects.filter(ranking=ranking, item=OuterRef("pk"))), done__lt=F("slots_total")
    )
    pks = set(unread.values_list("pk", flat=True))
    known = RankingEntry.objects.filter(ranking=before, item__in=unread.values("pk")).order_by("-priority", "pk")
    earlier = list(known.values_list("item_id", "reason"))
    order = [*earlier, *((pk, NOT_RANKED) for pk in sorted(pks - {pk for pk, _ in earlier}))]
    return [
        RankingEntry(ranking=ranking, item_id=pk, priority=floor - 1.0 - place, reason=reason)
        for place, (pk, reason) in enumerate(order)
    ]


def take_next(*, worklist: Worklist, reader: User) -> Slot | None:
    """Reserve the highest open item that this reader may read; None when nothing is left.

    Two callers never get the same place; nobody is given an item while an open one that they may read stands higher.
    """
    return queue.take_place(worklist=worklist, reader_id=reader.pk, now=timezone.now(), until=_expiry(worklist))


def _expiry(worklist: Worklist) -> datetime:
    return timezone.now() + timedelta(minutes=worklist.reservation_minutes)


def reserve_ahead(*, worklist: Worklist, reader: User, count: int) -> list[Slot]:
    """The reader's own reserved slots, topped up to `count`, in the order they will be handed out.

    What the reader began and lost the place of comes before anything new. Two tabs that ask at once get the same ones.
    """
    held = list(_held(worklist, reader))
    if len(held) >= count:
        return held
    with queue.reader_turn(worklist.pk, reader.pk):
        held = list(_held(worklist, reader))
        held += take_up_begun(
            worklist=worklist, reader=reader, until=_expiry(worklist), most=max(0, count - len(held))
        )
        handed = Reading.objects.filter(_of(worklist, "item__"), reader=reader).count()
        while len(held) < count:
            slot = draw_reread(
                worklist=worklist, reader=reader, handed=handed, now=timezone.now()
            ) or take_next(worklist=worklist, reader=reader)
            if slot is None:
                break
            handed += 1
            held.append(slot)
    return held


def _of(worklist: Worklist, path: str = "") -> Q:
    """On the list, or on that of its re-reads."""
    return Q(**{f"{path}worklist": worklist}) | Q(**{f"{path}worklist__rereads_of": worklist})


def _held(worklist: Worklist, reader: User) -> QuerySet[Slot]:
    mine = Slot.objects.filter(_of(worklist, "item__"), reader=reader, state=SlotState.RESERVED)
    return mine.select_related("item__study", "item__worklist").order_by("taken_at")


def next_slot(*, worklist: Worklist, reader: User) -> Slot | None:
    """What to read now: a case of one's own that is reserved still, else one that was begun, else the queue's next."""
    held = _held(worklist, reader).first()
    if held is not None:
        extend(slot=held)
        return held
    begun = take_up_begun(worklist=worklist, reader=reader, until=_expiry(worklist), most=1)
    return begun[0] if begun else take_next(worklist=worklist, reader=reader)


def extend(*, slot: Slot) -> None:
    """A reader at work keeps the case: every save moves the expiry."""
    Slot.objects.filter(pk=slot.pk, state=SlotState.RESERVED).update(reserved_until=_expiry(slot.item.worklist))


def give_back(*, slot: Slot) -> None:
    """Open the place again, on the ranking in force. Raises Conflict when the slot is done or gone."""
    with queue.turn(slot.item.worklist_id, alone=False):
        _release(Slot.objects.filter(pk=slot.pk), slot.item_id)


def _release(slots: QuerySet[Slot], item_id: int) -> None:
    deleted, _ = slots.filter(state=SlotState.RESERVED).delete()
    if not deleted:
        raise Conflict("This place is not reserved any more.")
    queue.move_places(item_id, +1)


def finish_slot(*, item: WorklistItem, reader: User) -> None:
    """The reading is in. A late submit after the reservation ran out takes a place again if one is free."""
    done = Slot.objects.filter(item=item, reader=reader).update(state=SlotState.DONE, reserved_until=None)
    if done:
        return
    with queue.turn(item.worklist_id, alone=True):
        if Slot.objects.filter(item=item).count() >= item.slots_total:
            # The reading itself is kept: nothing acknowledged is lost. The item has one reading more than it needs.
            return
        Slot.objects.create(item=item, reader=reader, ordinal=queue.free_ordinal(item), state=SlotState.DONE)
        queue.move_places(item.pk, -1)


@every(30)
def release_expired() -> int:
    """Give back what nobody came back for; drafts stay with their readers. Returns how many places."""
    expired = Slot.objects.filter(state=SlotState.RESERVED, reserved_until__lt=timezone.now())
    return sum(_expire(slot) for slot in expired.select_related("item")[:500])


def _expire(slot: Slot) -> bool:
    """False: its reader came back a moment ago, saved or submitted."""
    try:
        with queue.turn(slot.item.worklist_id, alone=False):
            Reading.objects.filter(item=slot.item_id, reader=slot.reader_id, state=ReadingState.DRAFT).update(
                state=ReadingState.EXPIRED
            )
            _release(Slot.objects.filter(pk=slot.pk, reserved_until__lt=timezone.now()), slot.item_id)
    except Conflict:
        return False
    return True
