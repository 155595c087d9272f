"""What of a worklist is one reader's: the open case, those laid ready, what was begun, handed in, skipped, flagged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import Comment, Finding, Reading, ReadingState, Slot, SlotState, Worklist
from core.models import Project, User

STATES = ("open", "ahead", "begun", "submitted", "amending", "skipped")
MOST = 200


@dataclass(frozen=True)
class MyCase:
    """One case of mine; `findings` are those that I say are present."""

    reading: int
    study_uid: str
    patient: str
    study_date: date | None
    state: str
    """One of STATES."""
    is_flagged: bool
    """A question of mine to a colleague is open."""
    findings: list[str]
    comment: str
    skip_reason: str
    saved_at: datetime
    submitted_at: datetime | None


@dataclass(frozen=True)
class Wanted:
    """Filters; empty ones take everything. Dates are those of the last save."""

    state: str = ""
    finding: str = ""
    flagged: bool = False
    since: date | None = None
    until: date | None = None
    text: str = ""


@dataclass(frozen=True)
class MyList:
    cases: list[MyCase]
    """At most MOST: the open one, those ahead, then the last saved first."""
    total: int
    counts: dict[str, int] = field(default_factory=dict)
    """Of the whole list by state, filters aside."""


def own_readings(*, user: User, project: Project) -> QuerySet[Reading]:
    """A person's readings as they may see them: a re-read stands there while it is open, and its first reading then
    does not, so that nobody is led by what they said before. Withdrawn patients' are nobody's."""
    mine = Reading.objects.visible_to(user).filter(reader=user, project=project)
    again = Reading.objects.filter(
        reader=user, item__worklist__rereads_of=OuterRef("item__worklist"), item__study=OuterRef("item__study"),
        version=0, state=ReadingState.DRAFT,
    )
    is_over = Q(item__worklist__rereads_of__isnull=False) & ~Q(state=ReadingState.DRAFT, version=0)
    return mine.exclude(is_over).filter(~Exists(again))


def my_list(*, worklist: Worklist, user: User, wanted: Wanted) -> MyList:
    """The reader's cases of the list that fit."""
    held = list(
        Slot.objects.filter(
            Q(item__worklist=worklist) | Q(item__worklist__rereads_of=worklist), reader=user, state=SlotState.RESERVED
        ).order_by("taken_at").values_list("item_id", flat=True)
    )
    place = {item: n for n, item in enumerate(held)}
    mine = own_readings(user=user, project=worklist.project).filter(
        Q(item__worklist=worklist) | Q(item__worklist__rereads_of=worklist)
    )
    rows = mine.select_related("item__study__patient").order_by("-saved_at", "-pk")
    counts = _counts(mine, place)
    fitting = narrowed(_in_state(rows, wanted.state, place), wanted, user=user, project=worklist.project)
    total = fitting.count()
    names = {str(f.pk): f.code for f in Finding.objects.filter(project=worklist.project)}
    cases = [_case(row, place, names) for row in _first(fitting, held)]
    return MyList(cases, total, counts)


def _first(rows: QuerySet[Reading], held: list[int]) -> list[Reading]:
    """Those held come first, in the order of reading."""
    hand = {row.item_id: row for row in rows.filter(item__in=held)}
    rest = rows.exclude(item__in=held)[: MOST - len(hand)]
    return [*(hand[item] for item in held if item in hand), *rest]


def _counts(mine: QuerySet[Reading], place: dict[int, int]) -> dict[str, int]:
    counts = dict.fromkeys(STATES, 0)
    for item, state in mine.values_list("item_id", "state"):
        counts[_state(state, place.get(item))] += 1
    return counts


def _state(state: str, place: int | None) -> str:
    if state in (ReadingState.SUBMITTED, ReadingState.AMENDING, ReadingState.SKIPPED):
        return str(state)
    return "begun" if place is None else "open" if place == 0 else "ahead"


def narrowed(rows: QuerySet[Reading], wanted: Wanted, *, user: User, project: Project) -> QuerySet[Reading]:
    """Readings of this person that fit all filters but `state`; each knows whether it is `flagged`."""
    flags = Comment.objects.filter(
        project=project, study=OuterRef("item__study"), author=user, asked__isnull=False, resolved_at=None
    )
    rows = rows.annotate(flagged=Exists(flags))
    if wanted.finding:
        rows = rows.filter(pk__in=_saying_present(rows, wanted.finding, project))
    if wanted.flagged:
        rows = rows.filter(flagged=True)
    if wanted.since:
        rows = rows.filter(saved_at__date__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(saved_at__date__lte=wanted.until)
    if wanted.text:
        rows = rows.filter(
            Q(item__study__patient__pseudonym__icontains=wanted.text) | Q(item__study__uid__icontains=wanted.text)
            | Q(skip_reason__icontains=wanted.text) | Q(draft__comment__icontains=wanted.text)
        )
    return rows


def _saying_present(rows: QuerySet[Reading], code: str, project: Project) -> list[int]:
    """A path into JSON takes a number for a place in a list, so the state is looked at here."""
    found = Finding.objects.filter(project=project, code=code).first()
    if found is None:
        return []
    key = str(found.pk)
    said = rows.filter(draft__findings__has_key=key).values_list("pk", "draft")
    return [pk for pk, draft in said if draft["findings"][key].get("state") == "present"]


def _in_state(rows: QuerySet[Reading], state: str, place: dict[int, int]) -> QuerySet[Reading]:
    fresh = [ReadingState.DRAFT, ReadingState.EXPIRED]
    if state in (ReadingState.SUBMITTED, ReadingState.AMENDING, ReadingState.SKIPPED):
        return rows.filter(state=state)
    if state == "begun":
        return rows.filter(state__in=fresh).exclude(item__in=place)
    if state in ("open", "ahead"):
        held = [item for item, n in place.items() if (n == 0) == (state == "open")]
        return rows.filter(state__in=fresh, item__in=held)
    return rows


def _case(row: Any, place: dict[int, int], names: dict[str, str]) -> MyCase:
    said: dict[str, Any] = row.draft.get("findings") or {}
    study = row.item.study
    return MyCase(
        reading=row.pk, study_uid=study.uid, patient=study.patient.pseudonym, study_date=study.date,
        state=_state(row.state, place.get(row.item_id)), is_flagged=row.flagged,
        findings=[names[pk] for pk, answer in said.items() if pk in names and answer.get("state") == "present"],
        comment=row.draft.get("comment") or "", skip_reason=row.skip_reason if row.state == "skipped" else "",
        saved_at=row.saved_at, submitted_at=row.submitted_at,
    )
