"""Cases that a person may yet read without help: until their answer is in, nothing may tell them another's."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import (
    RankingEntry,
    Reading,
    ReadingMode,
    ReservedCase,
    Slot,
    WorklistItem,
    WorklistKind,
)
from core.access import may
from core.models import Project, User
from imaging.models import Study


def studies_read_unaided(*, user: User, project: Project, but: Q | None = None) -> QuerySet[Study]:
    """Studies that this person may still answer unaided; none for those who never read cases.

    A case of an open worklist counts while it has a place open or this person holds one; a reserved case also while it
    waits for its reference worklist. `but` leaves worklist items out.
    """
    if not may(user, "annotate", project):
        return Study.objects.none()
    items = _items(user, project)
    if but is not None:
        items = items.exclude(but)
    return Study.objects.filter(Q(pk__in=items.values("study")) | Q(pk__in=_unlisted(user, project)))


def is_read_unaided(*, user: User, project: Project, study: Study) -> bool:
    """Whether this person may still answer this study unaided."""
    return studies_read_unaided(user=user, project=project).filter(pk=study.pk).exists()


def _items(user: User, project: Project) -> QuerySet[WorklistItem]:
    waiting = RankingEntry.objects.filter(ranking=OuterRef("worklist__ranking"), item=OuterRef("pk"), slots_open__gt=0)
    answered = Reading.objects.filter(item=OuterRef("pk"), reader=user).filter(
        Q(version__gte=1) | Q(unaided__isnull=False)
    )
    mine = Slot.objects.filter(item=OuterRef("pk"), reader=user)
    items = WorklistItem.objects.filter(
        Q(is_always_unaided=True) | ~Q(worklist__mode=ReadingMode.CONCURRENT), worklist__project=project,
        worklist__is_open=True, retired_at=None,
    )
    return items.filter(~Exists(answered), Exists(waiting) | Exists(mine))


def _unlisted(user: User, project: Project) -> QuerySet[ReservedCase, int]:
    """Reserved cases that stand on no reference worklist yet, but for those that this person has read elsewhere."""
    listed = WorklistItem.objects.filter(worklist__project=project, worklist__kind=WorklistKind.REFERENCE)
    read = Reading.objects.filter(project=project, reader=user, version__gte=1)
    cases = ReservedCase.objects.filter(project=project).exclude(study__in=listed.values("study"))
    return cases.exclude(study__in=read.values("item__study")).values_list("study", flat=True)
