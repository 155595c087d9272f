"""Importing: the page where files are dropped, and what became of each of them (for the uploader alone)."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Count, When

from annotation.models import Finding, SourceKind, Worklist
from annotation.services.imports import settle_import
from core.errors import NotFound
from core.models import Project, User
from frontend.views.page import ProjectPage
from imaging.models import ImportBatch, ProjectStudy
from workers.models import Job

VERDICT_WORDS = {
    "stored": "stored", "already-there": "already there", "refused": "refused", "labels": "labels read",
    "ignored": "ignored", "mark-refused": "marks not taken",
}
SOURCE_WORDS = {
    SourceKind.UNKNOWN: "nobody knows", SourceKind.READER: "a reader (username)", SourceKind.REPORT: "a report labeler",
    SourceKind.RECORD: "a coded record", SourceKind.MODEL: "a model",
}
PER_PAGE = 100
REFUSED_FIRST = Case(When(verdict="refused", then=0), When(verdict="mark-refused", then=1), default=2)


def import_context(project: Project, user: User) -> dict[str, Any]:
    """What the panel needs: kinds of sources, this person's earlier imports, names of findings for the example."""
    mine = ImportBatch.objects.visible_to(user).filter(project=project)
    codes = list(Finding.objects.active().filter(project=project).values_list("code", flat=True)[:3])
    return {
        "sources": SOURCE_WORDS.items(), "batches": [settle_import(batch=batch) for batch in mine[:10]],
        "lists": Worklist.objects.filter(project=project, is_open=True, ranking__isnull=False),
        "example_codes": codes or ["effusion", "nodule"],
        "studies": ProjectStudy.objects.filter(project=project).count(),
    }


class Import(ProjectPage):
    needs = "import"
    template = "frontend/import.html"

    def context(self) -> dict[str, Any]:
        return super().context() | import_context(self.project, self.person)


class OneImport(ProjectPage):
    """A summary and the verdict on each file. Names of files can be those of people: only the uploader sees them."""

    needs = "import"
    template = "frontend/import_batch.html"
    partial = "frontend/partials/verdicts.html"

    def open(self) -> None:
        super().open()
        found = ImportBatch.objects.visible_to(self.person).filter(project=self.project, pk=self.kwargs["batch"])
        batch = found.first()
        if batch is None:
            raise NotFound("There is no such import of yours.")
        self.batch = settle_import(batch=batch)

    def context(self) -> dict[str, Any]:
        asked = self.request.GET
        verdicts = self.batch.verdicts.all()
        by_verdict = dict(verdicts.order_by().values_list("verdict").annotate(n=Count("pk")))
        shown = verdicts
        if asked.get("verdict") in VERDICT_WORDS:
            shown = shown.filter(verdict=asked["verdict"])
        if asked.get("name"):
            shown = shown.filter(name__icontains=asked["name"])
        return super().context() | {
            "batch": self.batch, "job": Job.objects.filter(pk=self.batch.job_id).first() if self.batch.job_id else None,
            "summary": [(key, words, by_verdict.get(key, 0)) for key, words in VERDICT_WORDS.items()],
            "words": VERDICT_WORDS, "verdict": asked.get("verdict", ""), "name": asked.get("name", ""),
            "page": Paginator(shown.order_by(REFUSED_FIRST, "pk"), PER_PAGE).get_page(asked.get("page")),
        }
