"""The queue's own statements: whose turn it is to change it, and taking the place that stands highest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from weakref import WeakSet

from django.db import connection, transaction
from django.db.models import Count, F, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest

from annotation.models import Ranking, RankingEntry, Slot, SlotState, Worklist, WorklistItem

_TURNS = 0x514C  # any constant; Postgres advisory locks are numbers
_LOCK = {True: "pg_advisory_xact_lock", False: "pg_advisory_xact_lock_shared"}

_PREPARED: WeakSet[Any] = WeakSet()
"""Connections that know the statement."""

_TAKE = """
UPDATE annotation_rankingentry SET slots_open = slots_open - 1 WHERE id = (
    SELECT e.id FROM annotation_rankingentry e
    WHERE e.ranking_id = (SELECT w.ranking_id FROM annotation_worklist w WHERE w.id = %(worklist)s AND w.is_open)
      AND e.slots_open > 0
      AND NOT EXISTS (SELECT 1 FROM annotation_slot s WHERE s.item_id = e.item_id AND s.reader_id = %(reader)s)
      AND NOT EXISTS (SELECT 1 FROM annotation_reading r WHERE r.item_id = e.item_id AND r.reader_id = %(reader)s
                      AND r.state NOT IN ('draft', 'expired'))
    ORDER BY e.priority DESC, e.id LIMIT 1 {lock}
) RETURNING item_id, ranking_id
"""

# The lowest ordinal nobody holds; none below slots_total is a mistake that NOT NULL refuses.
_HOLD = """
INSERT INTO annotation_slot (item_id, ordinal, reader_id, state, reserved_until, ranking_id, taken_at)
SELECT item_id,
       (SELECT MIN(free.n) FROM (SELECT 0 AS n UNION ALL SELECT s.ordinal + 1 FROM annotation_slot s
                                 WHERE s.item_id = taken.item_id) free
        WHERE free.n < (SELECT i.slots_total FROM annotation_worklistitem i WHERE i.id = taken.item_id)
          AND free.n NOT IN (SELECT s.ordinal FROM annotation_slot s WHERE s.item_id = taken.item_id)),
       %(reader)s, 'reserved', %(until)s, ranking_id, %(now)s
FROM {taken} RETURNING id, item_id, ordinal, ranking_id
"""


@contextmanager
def turn(worklist_id: int, *, alone: bool) -> Iterator[None]:
    """A transaction that changes this worklist's queue, together with others or `alone`.

    A new ranking counts what is taken: nobody may take or give back meanwhile. SQLite's writers are alone anyway.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {_LOCK[alone]}(%s, %s)", [_TURNS, worklist_id])
        yield


@contextmanager
def reader_turn(worklist_id: int, reader_id: int) -> Iterator[None]:
    """A transaction in which one reader's hands on this worklist are counted and filled: two tabs take turns."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [(worklist_id << 32) | (reader_id & 0xFFFFFFFF)])
        yield


def take_place(*, worklist: Worklist, reader_id: int, now: datetime, until: datetime) -> Slot | None:
    """Reserve the highest open entry that this reader may read; None when there is none."""
    adapt = connection.ops.adapt_datetimefield_value
    values = {
        "worklist": worklist.pk, "reader": reader_id, "now": adapt(now), "until": adapt(until), "turns": _TURNS,
    }
    row = _take_on_postgres(worklist, values) if connection.vendor == "postgresql" else _take_on_sqlite(values)
    if row is None:
        return None
    pk, item_id, ordinal, ranking_id = row
    slot = Slot(
        pk=pk, item_id=item_id, ordinal=ordinal, ranking_id=ranking_id, reader_id=reader_id, state=SlotState.RESERVED,
        reserved_until=until, taken_at=now,
    )
    slot._state.adding, slot._state.db = False, connection.alias
    return slot


def _take_on_postgres(worklist: Worklist, values: dict[str, Any]) -> Any:
    """One round trip, which outside a transaction is a transaction of its own.

    Callers pass over what another one is just taking. An entry with several places, though, stays the highest while one
    of them is being taken: there they take turns.
    """
    lock = _LOCK[worklist.readings_needed > 1]
    with connection.cursor() as cursor:
        _prepare(cursor)
        cursor.execute(
            f"SELECT {lock}(%(turns)s, %(worklist)s); "
            "EXECUTE radloop_take(%(worklist)s, %(reader)s, %(until)s, %(now)s)",
            values,
        )
        cursor.nextset()
        return cursor.fetchone()


def _prepare(cursor: Any) -> None:
    """Once per connection: planning this statement takes three times as long as running it."""
    if connection.connection in _PREPARED:
        return
    take = _TAKE.format(lock="FOR UPDATE OF e SKIP LOCKED")
    statement = f"WITH taken AS ({take}) {_HOLD.format(taken='taken')}"
    places = {"worklist": "$1", "reader": "$2", "until": "$3", "now": "$4"}
    cursor.execute(f"PREPARE radloop_take (bigint, bigint, timestamptz, timestamptz) AS {statement % places}")
    _PREPARED.add(connection.connection)


def _take_on_sqlite(values: dict[str, Any]) -> Any:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TAKE.format(lock=""), values)
        row = cursor.fetchone()
        if row is None:
            return None
        found = {key: value for key, value in values.items() if key not in ("turns", "worklist")}
        taken = "(SELECT %(item)s AS item_id, %(ranking)s AS ranking_id) taken"
        cursor.execute(_HOLD.format(taken=taken), found | {"item": row[0], "ranking": row[1]})
        return cursor.fetchone()


def take_place_of(*, item: WorklistItem, reader_id: int, until: datetime) -> Slot | None:
    """Reserve a place of this very item, in a `turn`; None where none is open or the reader holds one.

    An entry that somebody is just taking is passed over, not waited for: who waits while holding another's would block.
    """
    entry = RankingEntry.objects.select_for_update(of=("self",), skip_locked=True).filter(
        ranking=F("ranking__worklist__ranking"), item=item, slots_open__gt=0
    ).first()
    if entry is None or Slot.objects.filter(item=item, reader=reader_id).exists():
        return None
    RankingEntry.objects.filter(pk=entry.pk).update(slots_open=F("slots_open") - 1)
    return Slot.objects.create(
        item=item, reader_id=reader_id, ordinal=free_ordinal(item), reserved_until=until, ranking_id=entry.ranking_id
    )


def free_ordinal(item: WorklistItem) -> int:
    """The lowest place of the item that nobody holds."""
    taken = set(Slot.objects.filter(item=item).values_list("ordinal", flat=True))
    return next(n for n in range(len(taken) + 1) if n not in taken)


def open_places(ranking: Ranking) -> None:
    """Write how many places of each entry are open; those of retired items are not."""
    item = WorklistItem.objects.filter(pk=OuterRef("item_id"), retired_at=None).values("slots_total")
    taken = Slot.objects.filter(item=OuterRef("item_id")).order_by().values("item").annotate(n=Count("pk")).values("n")
    places, held = (Coalesce(Subquery(query[:1], output_field=IntegerField()), 0) for query in (item, taken))
    RankingEntry.objects.filter(ranking=ranking).update(slots_open=Greatest(places - held, 0))


def move_places(item_id: int, by: int) -> None:
    """Open (+1) or close (-1) a place of the item on the ranking in force, unless it is retired or has none open."""
    entries = RankingEntry.objects.filter(ranking=F("ranking__worklist__ranking"), item=item_id)
    entries = entries.filter(slots_open__gt=0) if by < 0 else entries.filter(item__retired_at=None)
    entries.update(slots_open=F("slots_open") + by)
