"""Studies of a project, filtered, with one picture each. Nothing here says what anybody found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from core.models import Project, User
from imaging.models import Instance, Split, Study

READ_STATES = {"unread": "not read yet", "read": "read"}
ORDERS = {"new": "newest first", "old": "oldest first", "date": "by study date"}


@dataclass(frozen=True)
class StudyCard:
    """One study with the instance whose picture stands for it."""

    study: Study
    picture: Instance | None
    modalities: str
    images: int
    readings: int


def studies_of(project: Project, user: User, asked: Mapping[str, str]) -> QuerySet[Study]:
    """Filtered by modality, set, whether it has been read, and the end of its UID or the start of a pseudonym."""
    found = Study.objects.filter(
        pk__in=Study.objects.visible_to(user).filter(projects=project).values("pk")
    ).select_related("patient")
    if asked.get("modality"):
        found = found.filter(series__modality=asked["modality"])
    if asked.get("set") in Split.values and asked["set"]:
        found = found.filter(patient__split=asked["set"])
    text = asked.get("text", "").strip().lstrip("…")
    if text:
        found = found.filter(Q(uid__endswith=text) | Q(patient__pseudonym__istartswith=text))
    submitted = Q(worklist_items__readings__version__gte=1, worklist_items__worklist__project=project)
    counted = found.annotate(readings=Count("worklist_items__readings", filter=submitted, distinct=True))
    if asked.get("read") == "unread":
        counted = counted.filter(readings=0)
    elif asked.get("read") == "read":
        counted = counted.filter(readings__gt=0)
    order = {"old": ["pk"], "date": ["date", "pk"]}.get(asked.get("order", ""), ["-pk"])
    return counted.order_by(*order).distinct()


def cards(studies: list[Study]) -> list[StudyCard]:
    """Cards of one page of studies, in the same order, with as many queries for one as for a hundred."""
    first = Instance.objects.filter(series__study=OuterRef("pk")).order_by("series__number", "number", "pk")
    found = Study.objects.filter(pk__in=[s.pk for s in studies]).annotate(
        images=Count("series__instances", distinct=True), first=Subquery(first.values("pk")[:1])
    )
    by_pk = {study.pk: study for study in found.prefetch_related("series")}
    middles = _middles(studies)
    wanted = [getattr(s, "first", 0) or 0 for s in by_pk.values()] + list(middles.values())
    pictures = Instance.objects.filter(pk__in=wanted).select_related("series__study").in_bulk()
    result = []
    for study in studies:
        full = by_pk[study.pk]
        picture = pictures.get(middles.get(study.pk, getattr(full, "first", 0) or 0))
        modalities = " ".join(sorted({series.modality for series in full.series.all()}))
        count = getattr(full, "images", 0)
        result.append(StudyCard(study, picture, modalities, count, getattr(study, "readings", 0)))
    return result


def _middles(studies: list[Study]) -> dict[int, int]:
    """For studies that are stacks of slices: the slice in the middle, which says more than the first one."""
    stacks: dict[int, list[int]] = {}
    rows = Instance.objects.filter(
        series__study__in=[s.pk for s in studies], series__modality__in=["CT", "MR", "PT"]
    ).order_by("series__number", "number", "pk")
    for study, pk in rows.values_list("series__study", "pk"):
        stacks.setdefault(study, []).append(pk)
    return {study: slices[len(slices) // 2] for study, slices in stacks.items()}
