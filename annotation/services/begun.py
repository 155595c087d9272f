"""Cases that a reader began and whose place ran out: theirs to go on with before anything new, while a place is free.

They were handed out when they stood highest; going on with one passes nobody over. One that was only laid ready, with
nothing said in it, goes back to the queue like any other.
"""

from __future__ import annotations

from datetime import datetime

from annotation.models import Slot, Worklist, WorklistItem
from annotation.selectors.begun import drafts_begun
from annotation.services import queue
from annotation.services.rereads import place_again
from core.models import User


def take_up_begun(*, worklist: Worklist, reader: User, until: datetime, most: int) -> list[Slot]:
    """Places on at most `most` of them, in the order of going on; those whose places others hold stay on my list."""
    if not worklist.is_open:
        return []
    taken: list[Slot] = []
    for draft in drafts_begun(worklist=worklist, reader=reader).select_related("item__worklist", "item__study"):
        if len(taken) == most:
            break
        slot = _place_on(draft.item, reader, until)
        if slot is not None:
            taken.append(slot)
    return taken


def _place_on(item: WorklistItem, reader: User, until: datetime) -> Slot | None:
    if item.worklist.rereads_of_id is not None:
        return place_again(item=item, reader=reader, until=until)
    # Where an item has several places, takers are alone, too: a shared turn could not become one afterwards.
    with queue.turn(item.worklist_id, alone=item.slots_total > 1):
        return queue.take_place_of(item=item, reader_id=reader.pk, until=until)
