"""Choosing what to read, and one's own readings."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect

from annotation.models import Finding, ReadingState
from annotation.selectors.mirror import mirror_of
from annotation.selectors.my_list import Wanted, narrowed, own_readings
from annotation.services.readings import amend_reading, my_reading
from core.errors import NotFound
from frontend.forms.readings import ReadingFilters
from frontend.selectors.talk import questions_for
from frontend.selectors.worklists import worklist_lines
from frontend.views.page import ProjectPage
from learning.models import Receipt
from learning.selectors.receipt_words import headline, lines

PER_PAGE = 50
RECEIPTS = 10


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
        own = own_readings(user=self.person, project=self.project)
        filters = ReadingFilters(self.request.GET, project=self.project)
        wanted = filters.cleaned_data if filters.is_valid() else {}
        state, worklist = wanted.pop("state", ""), wanted.pop("worklist", None)
        shown = own.filter(state=state) if state else own
        if worklist is not None:
            shown = shown.filter(Q(item__worklist=worklist) | Q(item__worklist__rereads_of=worklist))
        shown = narrowed(shown, Wanted(**wanted), user=self.person, project=self.project)
        shown = shown.select_related("item__worklist__rereads_of", "item__study__patient").order_by("-saved_at", "-pk")
        return super().context() | {
            "page": Paginator(shown, PER_PAGE).get_page(self.request.GET.get("page")), "filters": filters,
            "is_narrowed": any(value for value in self.request.GET.values()),
            "receipts": [_told(one) for one in self._receipts()],
            "questions": questions_for(project=self.project, user=self.person),
            "count_all": own.count(), "submitted": own.filter(version__gte=1).count(),
            "open": own.filter(state__in=[ReadingState.DRAFT, ReadingState.AMENDING, ReadingState.EXPIRED]).count(),
        }

    def _receipts(self) -> list[Receipt]:
        rows = Receipt.objects.visible_to(self.person).filter(project=self.project)
        return list(rows.select_related("worklist")[:RECEIPTS])

    def amend(self) -> HttpResponse:
        pk = self.request.POST.get("reading", "")
        reading = my_reading(reading_id=int(pk) if pk.isdigit() else 0, reader=self.person)
        if reading.project_id != self.project.pk:
            raise NotFound("There is no such reading of yours.")
        amend_reading(reading=reading, reader=self.person)
        return redirect(f"/p/{self.project.slug}/read/{reading.item.worklist.as_known.pk}/?reading={reading.pk}")


def _told(receipt: Receipt) -> dict[str, Any]:
    return {"receipt": receipt, "headline": headline(receipt.numbers), "lines": lines(receipt.numbers)}


class PrivateMirror(ProjectPage):
    """How this person agrees with themselves and where others outvoted them. There is no address for another's."""

    needs = "annotate"
    template = "frontend/mirror.html"

    def context(self) -> dict[str, Any]:
        return super().context() | {"mirror": mirror_of(user=self.person, project=self.project)}
