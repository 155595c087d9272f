"""Worklists with how far they are read, for their page and for readers who choose."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from annotation.models import Reading, ReadingState, Slot, SlotState, Worklist, WorklistKind
from core.models import Project, User
from imaging.models import Series, Split, Study


@dataclass(frozen=True)
class WorklistLine:
    """One worklist and how far it is."""

    worklist: Worklist
    total: int
    done: int
    mine: int
    """Cases that this person has submitted."""
    drafts: int
    """Cases that this person has begun."""
    held: int
    """Cases that are reserved for this person now."""
    left: int
    """Cases that this person could still read."""

    @property
    def share(self) -> float:
        return self.done / self.total if self.total else 0.0


def worklist_lines(project: Project, user: User, *, only_open: bool = False) -> list[WorklistLine]:
    """All lists of the project; for readers, those that hand out cases."""
    lists = Worklist.objects.listed().filter(project=project).select_related("ranking")
    if only_open:
        lists = lists.filter(is_open=True)
    present = Q(items__retired_at=None)
    total = Count("items", filter=present, distinct=True)
    done = Count("items", filter=present & Q(items__slots__state=SlotState.DONE), distinct=True)
    return [_line(w, user) for w in lists.annotate(total=total, done=done).order_by("-is_open", "kind", "name")]


def _line(worklist: Worklist, user: User) -> WorklistLine:
    own = Reading.objects.filter(item__worklist=worklist, reader=user)
    held = Slot.objects.filter(item__worklist=worklist, reader=user, state=SlotState.RESERVED).count()
    return WorklistLine(
        worklist=worklist, total=getattr(worklist, "total", 0), done=getattr(worklist, "done", 0),
        mine=own.filter(version__gte=1).count(), held=held, left=held + _open_to(worklist, user),
        drafts=own.filter(state__in=[ReadingState.DRAFT, ReadingState.AMENDING, ReadingState.EXPIRED]).count(),
    )


def _open_to(worklist: Worklist, user: User) -> int:
    """Entries with a free place, of items that this person neither holds nor has read or skipped."""
    if worklist.ranking is None or not worklist.is_open:
        return 0
    over = [ReadingState.SUBMITTED, ReadingState.AMENDING, ReadingState.SKIPPED]
    read = Reading.objects.filter(item__worklist=worklist, reader=user, state__in=over).values("item")
    mine = Slot.objects.filter(item__worklist=worklist, reader=user).values("item")
    entries = worklist.ranking.entries.filter(slots_open__gt=0)
    return entries.exclude(item__in=read).exclude(item__in=mine).count()


def addable(worklist: Worklist, modality: str = "") -> list[Study]:
    """Studies that belong on this list and are not on it, in an order that nothing in the images decides."""
    wanted = Study.objects.filter(
        projects=worklist.project, patient__withdrawn_at=None, patient__is_quarantined=False
    ).exclude(worklist_items__worklist=worklist)
    if worklist.kind == WorklistKind.REFERENCE:
        wanted = wanted.filter(reserved_in__project=worklist.project)
    else:
        wanted = wanted.filter(patient__split__in=[Split.POOL, Split.UNASSIGNED])
    if modality:
        wanted = wanted.filter(series__modality=modality)
    found = wanted.select_related("patient").distinct()
    return sorted(found, key=lambda study: (study.patient.split_digest, study.uid))


def modalities(project: Project) -> list[str]:
    """Modalities of the project's series, each once."""
    found = Series.objects.filter(study__projects=project).order_by("modality")
    return list(found.values_list("modality", flat=True).distinct())
