"""What has been written into the ledger, act by act; one withdrawal undoes an act."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count

from annotation.models import Batch
from annotation.services.ledger import withdraw_batch
from core.errors import Invalid, NotFound
from frontend.views.page import ProjectPage

PER_PAGE = 50
ACT_WORDS = {
    "reading": "a reading", "import": "imported labels", "report": "labels from reports", "pseudolabel": "pseudolabels",
    "consensus": "consensus", "merge": "a merge of findings", "withdrawal": "a withdrawal",
}


class Ledger(ProjectPage):
    needs = "train"
    template = "frontend/ledger.html"
    partial = "frontend/partials/ledger_table.html"
    acts = {"withdraw": ("withdraw", "manage")}

    def context(self) -> dict[str, Any]:
        batches = Batch.objects.filter(project=self.project)
        act = self.request.GET.get("act", "")
        if act in ACT_WORDS:
            batches = batches.filter(act=act)
        rows = batches.select_related("source", "created_by", "withdrawn_by").annotate(lines=Count("observations"))
        page = Paginator(rows.order_by("-pk"), PER_PAGE).get_page(self.request.GET.get("page"))
        return super().context() | {"page": page, "words": ACT_WORDS, "asked": act}

    def withdraw(self) -> None:
        note = self.request.POST.get("note", "").strip()
        if not note:
            raise Invalid("Say in a word or two why it is withdrawn; the note stays.")
        pk = self.request.POST.get("batch", "")
        batch = Batch.objects.filter(project=self.project, pk=int(pk) if pk.isdigit() else 0).first()
        if batch is None:
            raise NotFound("There is no such act in this project.")
        lines = withdraw_batch(batch=batch, user=self.person, note=note)
        messages.success(self.request, f"Withdrawn: {lines} line{'' if lines == 1 else 's'} no longer count.")
