"""A reading's life: opened, saved, locked, submitted, amended, skipped. Nothing acknowledged is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotation.models import (
    RankingEntry,
    Reading,
    ReadingMode,
    ReadingState,
    ReadingVersion,
    Slot,
    SlotState,
    Worklist,
    WorklistItem,
)
from annotation.services import events, worklists
from annotation.services.content import Content, case_bounds, check_content, parse_content
from annotation.services.ledger import open_batch, reader_source, record_observations
from annotation.services.lines import lines_of
from annotation.services.reserve import note_amendment
from core import audit
from core.errors import Conflict, Invalid, NotFound
from core.models import User
from core.transitions import Transitions

TRANSITIONS = Transitions(
    "state",
    {
        ReadingState.DRAFT: frozenset({ReadingState.EXPIRED, ReadingState.SKIPPED}),
        ReadingState.SUBMITTED: frozenset({ReadingState.DRAFT, ReadingState.EXPIRED, ReadingState.AMENDING}),
        ReadingState.AMENDING: frozenset({ReadingState.SUBMITTED}),
        ReadingState.SKIPPED: frozenset({ReadingState.DRAFT, ReadingState.EXPIRED}),
        ReadingState.EXPIRED: frozenset({ReadingState.DRAFT}),
    },
)
WRITABLE = (ReadingState.DRAFT, ReadingState.EXPIRED, ReadingState.AMENDING)


def open_reading(*, slot: Slot) -> Reading:
    """The reader's reading of this item; a draft left behind is taken up again where it was."""
    item = WorklistItem.objects.select_related("worklist__project", "study").get(pk=slot.item_id)
    worklist = item.worklist
    mode = ReadingMode.UNAIDED if item.is_always_unaided else ReadingMode(worklist.mode)
    reading, created = Reading.objects.get_or_create(
        item=item, reader_id=slot.reader_id,
        defaults={"project": worklist.project, "mode": mode, "reason": _reason(slot)},
    )
    if not created and reading.state in (ReadingState.EXPIRED, ReadingState.SKIPPED):
        _take_up_again(reading)
    return reading


def _take_up_again(reading: Reading) -> None:
    try:
        TRANSITIONS.move(reading, ReadingState.DRAFT)
    except Conflict:
        reading.refresh_from_db()
        if reading.state != ReadingState.DRAFT:  # else another tab was quicker by a moment
            raise


def _reason(slot: Slot) -> str:
    entry = RankingEntry.objects.filter(ranking=slot.ranking_id, item=slot.item_id)
    return entry.values_list("reason", flat=True).first() or ""


def my_reading(*, reading_id: int, reader: User) -> Reading:
    """Raises NotFound for a reading that is not this reader's."""
    mine = Reading.objects.visible_to(reader).select_related("project", "item__worklist", "item__study", "reader")
    # What is saved now takes the draft's place unread; with many marks it is large.
    reading = mine.filter(pk=reading_id, reader=reader).defer("draft").first()
    if reading is None:
        raise NotFound("There is no such reading of yours.")
    return reading


def save_draft(
    *, reading: Reading, reader: User, base_version: int, content: Any, active_seconds: float = 0.0
) -> int:
    """Keep what was typed; returns the draft's new version, after commit.

    The same save again (its answer was lost on the way) is answered as the first was. Raises Conflict (409) with both
    versions when another tab has saved since `base_version`.
    """
    parsed = parse_content(content)
    check_content(parsed, case_bounds(project=reading.project, study=reading.item.study, reader=reader))
    for check in events.CHECKED:
        check(reading, parsed)
    with transaction.atomic():
        saved = Reading.objects.filter(
            pk=reading.pk, reader=reader, state__in=WRITABLE, draft_version=base_version
        ).update(
            draft=parsed.model_dump(mode="json"), draft_version=F("draft_version") + 1, saved_at=timezone.now(),
            active_seconds=F("active_seconds") + _plausible(active_seconds),
        )
        if not saved and not _is_saved_already(reading, base_version, parsed):
            _refuse_stale(reading, content)
        Slot.objects.filter(item=reading.item, reader=reader, state="reserved").update(
            reserved_until=timezone.now() + timedelta(minutes=reading.item.worklist.reservation_minutes)
        )
    return base_version + 1


def _plausible(seconds: float) -> float:
    return min(max(0.0, float(seconds)), 3600.0)


def _is_saved_already(reading: Reading, base_version: int, parsed: Content) -> bool:
    reading.refresh_from_db()
    is_next = reading.state in WRITABLE and reading.draft_version == base_version + 1
    return is_next and parse_content(reading.draft) == parsed


def _refuse_stale(reading: Reading, yours: Any) -> None:
    reading.refresh_from_db()
    if reading.state not in WRITABLE:
        raise Conflict(
            f"This reading is {reading.state}; choose Amend to change it.", yours=yours, theirs=reading.draft,
            version=reading.draft_version, state=reading.state,
        )
    raise Conflict(
        "This case was changed in another tab or on another computer. Choose which version to keep.",
        yours=yours, theirs=reading.draft, version=reading.draft_version, state=reading.state,
    )


def record_shown(*, reading: Reading, suggestions: list[dict[str, Any]]) -> None:
    """Remember the suggestions exactly as they are shown, once. They are what acts will point at."""
    Reading.objects.filter(pk=reading.pk, shown__isnull=True).update(shown=suggestions, shown_at=timezone.now())
    reading.refresh_from_db(fields=["shown", "shown_at"])


def may_see_suggestions(reading: Reading) -> bool:
    """Whether suggestions, reasons and overlays may leave the server for this reading now (invariant 4)."""
    if reading.mode == ReadingMode.CONCURRENT:
        return True
    if reading.mode == ReadingMode.SECOND_READER:
        return reading.unaided is not None
    return False


def may_see_report(reading: Reading) -> bool:
    policy = reading.item.worklist.report_policy
    locked = reading.unaided is not None or reading.version > 0
    return policy == "always" or (policy == "after" and locked)


def lock_unaided(
    *, reading: Reading, reader: User, base_version: int, content: Any, active_seconds: float = 0.0
) -> Reading:
    """Second-reader mode: the reader's own answer is locked before anything is shown.

    Raises Invalid in other modes or without an answer, Conflict for a stale tab.
    """
    if reading.mode != ReadingMode.SECOND_READER:
        raise Invalid("Only second-reader worklists lock an answer before showing suggestions.")
    require_an_answer(parse_content(content))
    with transaction.atomic():
        save_draft(
            reading=reading, reader=reader, base_version=base_version, content=content, active_seconds=active_seconds
        )
        reading.refresh_from_db()
        Reading.objects.filter(pk=reading.pk, unaided__isnull=True).update(unaided=reading.draft)
    reading.refresh_from_db()
    return reading


def submit_reading(
    *, reading: Reading, reader: User, base_version: int, content: Any, active_seconds: float = 0.0
) -> ReadingVersion:
    """Write the answer as a version and its lines into the ledger, in one transaction.

    A second click with the same content gets the same version back. Raises Conflict for a stale tab, Invalid for an
    answer that says nothing.
    """
    parsed = parse_content(content)
    repeated = _same_as_last(reading, parsed)
    if repeated is not None:
        return repeated
    require_an_answer(parsed)
    try:
        with transaction.atomic():
            save_draft(
                reading=reading, reader=reader, base_version=base_version, content=content,
                active_seconds=active_seconds,
            )
            return _submit(reading, reader, parsed)
    except Conflict:
        # The other of two clicks may have been quicker by a moment.
        repeated = _same_as_last(reading, parsed)
        if repeated is None:
            raise
        return repeated


def _submit(reading: Reading, reader: User, parsed: Content) -> ReadingVersion:
    reading.refresh_from_db()
    TRANSITIONS.move(reading, ReadingState.SUBMITTED, version=F("version") + 1, submitted_at=timezone.now())
    worklists.finish_slot(item=reading.item, reader=reader)
    if not _is_reread(reading):
        note_amendment(reading=reading)
    # Last, because the audit log is one line for all: what comes after it, others wait for.
    version = _write_version(reading, parsed)
    if not _is_reread(reading):
        for write in events.WRITTEN:
            write(version, parsed)
        transaction.on_commit(lambda: _tell(version))
    return version


def _is_reread(reading: Reading) -> bool:
    """It says how a reader agrees with themselves; about the image the first reading counts."""
    return reading.item.worklist.rereads_of_id is not None


def require_an_answer(parsed: Content) -> None:
    """Raises Invalid for an answer that says nothing."""
    said = parsed.findings or parsed.levels or parsed.regions
    if not (said or parsed.not_assessable or parsed.no_finding):
        raise Invalid("Nothing has been said about this case yet. Mark a finding, 'no finding' or 'not assessable'.")


def _same_as_last(reading: Reading, parsed: Content) -> ReadingVersion | None:
    reading.refresh_from_db()
    if reading.state != ReadingState.SUBMITTED:
        return None
    last = reading.versions.order_by("-number").first()
    return last if last is not None and parse_content(last.content) == parsed else None


def _write_version(reading: Reading, parsed: Content) -> ReadingVersion:
    source = reader_source(project=reading.project, reader=reading.reader)
    batch = open_batch(
        project=reading.project, source=source, act="reading", user=reading.reader,
        key=f"reading:{reading.pk}:{reading.version}",
    )
    if not _is_reread(reading):
        record_observations(batch=batch, lines=lines_of(reading=reading, content=parsed, source=source))
    audit.record(
        "reading.submitted", actor=reading.reader, project=reading.project, subject=f"reading:{reading.pk}",
        version=reading.version,
    )
    return ReadingVersion.objects.create(
        reading=reading, number=reading.version, content=parsed.model_dump(mode="json"), shown=reading.shown,
        unaided=reading.unaided, second_look=_second_look_of(reading), mode=reading.mode,
        active_seconds=reading.active_seconds, batch=batch,
    )


def _second_look_of(reading: Reading) -> dict[str, Any] | None:
    """What this version was asked back; not what an earlier one was."""
    asked: dict[str, Any] | None = reading.second_look
    return asked if asked is not None and asked["version"] == reading.version else None


def _tell(version: ReadingVersion) -> None:
    for listener in events.SUBMITTED:
        listener(version)


def amend_reading(*, reading: Reading, reader: User) -> Reading:
    """Open a submitted reading for a new version; the submitted one counts until the new one is submitted."""
    if reading.state == ReadingState.AMENDING:
        return reading
    TRANSITIONS.move(reading, ReadingState.AMENDING)
    return reading


def skip_reading(*, reading: Reading, reader: User, reason: str) -> None:
    """Give the case back with a reason; the draft stays, and this reader is not handed it again."""
    if not reason.strip():
        raise Invalid("Say in a word or two why you skip this case.")
    with transaction.atomic():
        TRANSITIONS.move(reading, ReadingState.SKIPPED, skip_reason=reason.strip()[:300])
        slot = Slot.objects.filter(item=reading.item, reader=reader, state="reserved").first()
        if slot is not None:
            worklists.give_back(slot=slot)


def progress_of(*, worklist: Worklist, reader: User) -> dict[str, int]:
    """How far the list and this reader are."""
    items = worklist.items.filter(retired_at=None)
    return {
        "total": items.count(),
        "done": Slot.objects.filter(item__in=items, state=SlotState.DONE).values("item").distinct().count(),
        "mine": Reading.objects.filter(item__worklist=worklist, reader=reader, version__gte=1).count(),
    }
