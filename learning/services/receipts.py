"""The receipt of a stretch of reading: how much was read and corrected, what left the queue, what the model gained."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from annotation.models import Batch, Reading, ReadingState, ReadingVersion, Slot, SlotState, Worklist, WorklistItem
from core.models import User
from learning.models import Receipt
from learning.services.receipt_figure import figure_between

PAUSE = timedelta(minutes=60)
"""A longer pause between two hand-ins begins a new stretch."""


def make_receipt(*, worklist: Worklist, reader: User) -> Receipt | None:
    """The receipt of the last stretch, up to now; None when nothing was ever handed in.

    Asked again in the same stretch it is the same receipt, brought up to date.
    """
    versions = _stretch(worklist, reader)
    if not versions:
        return None
    first, last = versions[0], versions[-1]
    start = first.submitted_at - timedelta(seconds=_seconds_of(first))
    known = Receipt.objects.filter(
        worklist=worklist, reader=reader, started_at__lte=first.submitted_at, ended_at__gte=first.submitted_at
    ).first()
    start = known.started_at if known is not None else start
    numbers = _numbers(worklist, reader, versions, start)
    receipt, _ = Receipt.objects.update_or_create(
        worklist=worklist, reader=reader, started_at=start,
        defaults={"project": worklist.project, "ended_at": last.submitted_at, "numbers": numbers},
    )
    return receipt


def _stretch(worklist: Worklist, reader: User) -> list[ReadingVersion]:
    """Versions handed in without a long pause between, the last ones of this list; oldest first."""
    mine = ReadingVersion.objects.filter(
        Q(reading__item__worklist=worklist) | Q(reading__item__worklist__rereads_of=worklist), reading__reader=reader
    )
    found: list[ReadingVersion] = []
    for version in mine.select_related("reading").order_by("-submitted_at", "-pk").iterator(chunk_size=200):
        if found and found[-1].submitted_at - version.submitted_at > PAUSE:
            break
        found.append(version)
    return found[::-1]


def _seconds_of(version: ReadingVersion) -> float:
    """Active seconds since the version before; the whole of a first one."""
    before = ReadingVersion.objects.filter(reading=version.reading_id, number=version.number - 1).first()
    return max(0.0, version.active_seconds - (before.active_seconds if before is not None else 0.0))


def _numbers(worklist: Worklist, reader: User, versions: list[ReadingVersion], start: datetime) -> dict[str, Any]:
    """JSON: read, amended, skipped, acts on suggestions, seconds, left, figure (null: no turn ended meanwhile)."""
    last = {version.reading_id: version for version in versions}
    acts: Counter[str] = Counter(act for version in last.values() for act in acts_in(version.content))
    seconds = sum(_seconds_of(version) for version in versions)
    return {
        "read": len({v.reading_id for v in versions if v.number == 1}),
        "amended": len({v.reading_id for v in versions if v.number > 1}),
        "skipped": Reading.objects.filter(
            item__worklist=worklist, reader=reader, state=ReadingState.SKIPPED, saved_at__gte=start
        ).count(),
        "accepted": acts["accepted"], "rejected": acts["rejected"], "corrected": acts["corrected"] + acts["rejected"],
        "seconds": round(seconds, 1), "left": _left(worklist, reader, start), "figure": figure_between(worklist, start),
    }


def acts_in(content: dict[str, Any]) -> list[str]:
    """What was done with suggestions: one act per finding; a suggested box that was changed is a correction."""
    acts: dict[str, str] = {}
    for finding, answer in (content.get("findings") or {}).items():
        suggestion = answer.get("suggestion")
        if suggestion:
            acts[str(finding)] = suggestion["act"]
    for region in content.get("regions") or []:
        if (region.get("suggestion") or {}).get("act") == "corrected":
            acts[str(region["finding_id"])] = "corrected"
    return list(acts.values())


def _left(worklist: Worklist, reader: User, start: datetime) -> dict[str, int]:
    """Cases that nobody need read any more, this reader's own aside: read by others, or settled by the model.

    `sure`: unread cases for which the loop's model now writes pseudolabels and did not at the start.
    """
    others = Slot.objects.filter(
        item__worklist=worklist, item__retired_at=None, state=SlotState.DONE,
        item__readings__versions__submitted_at__gte=start,
    ).exclude(reader=reader).exclude(item__slots__reader=reader)
    unread = WorklistItem.objects.filter(worklist=worklist, retired_at=None).exclude(slots__state=SlotState.DONE)
    now = _labelled(worklist, Q(withdrawn_at=None))
    before = _labelled(worklist, Q(created_at__lte=start) & (Q(withdrawn_at=None) | Q(withdrawn_at__gt=start)))
    sure = unread.filter(study__in=now - before).count()
    return {"read_by_others": others.values("item").distinct().count(), "sure": sure}


def _labelled(worklist: Worklist, which: Q) -> set[int]:
    """Studies with a line in these batches of pseudolabels."""
    batches = Batch.objects.filter(which, project=worklist.project_id, act="pseudolabel")
    return set(batches.exclude(observations=None).values_list("observations__study", flat=True))


