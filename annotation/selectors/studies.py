"""A project's studies as a list: what they are, and how much readers have said about them."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotation.models import CurrentObservation
from core.models import Project, User
from imaging.models import Instance, Study


def study_list(*, project: Project, user: User) -> QuerySet[Study]:
    """Visible studies with `images` (instances) and `answers` (findings that readers have answered)."""
    images = Instance.objects.filter(series__study=OuterRef("pk")).order_by().values("series__study")
    lines = CurrentObservation.objects.filter(
        study=OuterRef("pk"), project=project, source__kind="reader", subject="study"
    ).order_by().values("study")
    return (
        Study.objects.visible_to(user).filter(projects=project).select_related("patient")
        .prefetch_related("series").order_by("pk").annotate(
            images=_counted(images.annotate(n=Count("pk")).values("n")),
            answers=_counted(lines.annotate(n=Count("finding", distinct=True)).values("n")),
        )
    )


def _counted(rows: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(rows, output_field=IntegerField()), 0)
