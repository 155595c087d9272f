"""Handing out: the case to read now, and those laid ready after it, so that a room can fetch them ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from annotation.models import Reading, ReadingState, Slot, SlotState, Worklist
from annotation.services.readings import open_reading, progress_of
from annotation.services.worklists import reserve_ahead
from core.models import User

FRESH = timedelta(seconds=20)


@dataclass(frozen=True)
class LaidReady:
    """A reserved case, opened as a reading: its mode, and with it what is withheld, is fixed from now on."""

    reading: int
    study_uid: str
    draft_version: int
    """The draft's version now: a case fetched ahead is stale when it is another one."""


@dataclass(frozen=True)
class HandedOut:
    current: LaidReady | None
    """null: nothing is left for this reader."""
    ahead: list[LaidReady]
    progress: dict[str, int]


def hand_out(*, worklist: Worklist, reader: User, ahead: int) -> HandedOut:
    """The reader's cases in the order of reading; asking again gives the same ones until one is submitted or skipped.

    A reader at work keeps all of them: the reservations of those that wait are moved on with that of the first.
    """
    held = reserve_ahead(worklist=worklist, reader=reader, count=1 + ahead)
    _move_on(held, worklist)
    cases = _opened(held, reader)
    return HandedOut(cases[0] if cases else None, cases[1:], progress_of(worklist=worklist, reader=reader))


def _move_on(held: list[Slot], worklist: Worklist) -> None:
    """A place taken a moment ago is left alone: writing it again would be one more commit that everybody waits for."""
    until = timezone.now() + timedelta(minutes=worklist.reservation_minutes)
    early = [slot.pk for slot in held if slot.reserved_until and until - slot.reserved_until > FRESH]
    if early:
        Slot.objects.filter(pk__in=early, state=SlotState.RESERVED).update(reserved_until=until)


def _opened(held: list[Slot], reader: User) -> list[LaidReady]:
    drafts = Reading.objects.filter(
        item__in=[slot.item_id for slot in held], reader=reader, state=ReadingState.DRAFT
    )
    known = {reading.item_id: reading for reading in drafts}
    readings = [(known.get(slot.item_id) or open_reading(slot=slot), slot) for slot in held]
    return [LaidReady(reading.pk, slot.item.study.uid, reading.draft_version) for reading, slot in readings]
