"""Choosing what to read, and one's own readings."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect

from annotation.models import Finding, Reading, ReadingState
from annotation.services.readings import amend_reading, my_reading
from core.errors import NotFound
from frontend.selectors.talk import questions_for
from frontend.selectors.worklists import worklist_lines
from frontend.views.page import ProjectPage

PER_PAGE = 50


class ChooseWorklist(ProjectPage):
    """Open worklists with what is left; the first with something left takes the Enter key."""

    needs = "annotate"
    template = "frontend/read_choose.html"

    def context(self) -> dict[str, Any]:
        lines = worklist_lines(self.project, self.person, only_open=True)
        best = max((line for line in lines if line.left), key=lambda line: (line.drafts > 0, line.left), default=None)
        return super().context() | {
            "lines": lines, "best": best.worklist.pk if best is not None else None,
            "findings": Finding.objects.active().filter(project=self.project).count(),
        }


class OwnReadings(ProjectPage):
    """What colleagues ask of this person; and what they have read, newest first: a submitted reading can be amended."""

    needs = "annotate"
    template = "frontend/readings.html"
    acts = {"amend": ("amend", "annotate")}

    def context(self) -> dict[str, Any]:
        own = Reading.objects.filter(
            reader=self.person, project=self.project, item__study__patient__withdrawn_at=None
        ).select_related("item__worklist", "item__study").order_by("-saved_at")
        state = self.request.GET.get("state", "")
        shown = own.filter(state=state) if state in ReadingState.values else own
        return super().context() | {
            "page": Paginator(shown, PER_PAGE).get_page(self.request.GET.get("page")), "state": state,
            "questions": questions_for(project=self.project, user=self.person), "states": ReadingState.values,
            "count_all": own.count(), "submitted": own.filter(version__gte=1).count(),
            "open": own.filter(state__in=[ReadingState.DRAFT, ReadingState.AMENDING, ReadingState.EXPIRED]).count(),
        }

    def amend(self) -> HttpResponse:
        pk = self.request.POST.get("reading", "")
        reading = my_reading(reading_id=int(pk) if pk.isdigit() else 0, reader=self.person)
        if reading.project_id != self.project.pk:
            raise NotFound("There is no such reading of yours.")
        amend_reading(reading=reading, reader=self.person)
        return redirect(f"/p/{self.project.slug}/read/{reading.item.worklist_id}/?reading={reading.pk}")
