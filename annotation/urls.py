"""Addresses of the annotation API, below /api/."""

from __future__ import annotations

from django.urls import URLPattern, path

from annotation.api import (
    batches,
    comments,
    exports,
    findings,
    imports,
    next_case,
    readings,
    reserved,
    studies,
    worklists,
)

urlpatterns: list[URLPattern] = [
    path("projects/<slug:slug>/findings/", findings.findings, name="findings"),
    path("findings/<int:pk>/", findings.finding, name="finding"),
    path("findings/<int:pk>/archive/", findings.archive, name="finding-archive"),
    path("findings/<int:pk>/restore/", findings.restore, name="finding-restore"),
    path("findings/<int:pk>/merge/", findings.merge, name="finding-merge"),
    path("findings/<int:pk>/preview/", findings.preview, name="finding-preview"),
    path("findings/<int:pk>/history/", findings.history, name="finding-history"),
    path("projects/<slug:slug>/readings/", readings.own_history, name="readings"),
    path("readings/<int:pk>/", readings.detail, name="reading"),
    path("readings/<int:pk>/draft/", readings.draft, name="reading-draft"),
    path("readings/<int:pk>/lock/", readings.lock, name="reading-lock"),
    path("readings/<int:pk>/submit/", readings.submit, name="reading-submit"),
    path("readings/<int:pk>/amend/", readings.amend, name="reading-amend"),
    path("readings/<int:pk>/skip/", readings.skip, name="reading-skip"),
    path("projects/<slug:slug>/imports/", imports.imports, name="imports"),
    path("imports/<int:pk>/", imports.detail, name="import"),
    path("imports/<int:pk>/files/", imports.files, name="import-files"),
    path("imports/<int:pk>/start/", imports.start, name="import-start"),
    path("imports/<int:pk>/verdicts/", imports.verdicts, name="import-verdicts"),
    path("projects/<slug:slug>/studies/", studies.studies, name="studies"),
    path("projects/<slug:slug>/studies/<str:uid>/comments/", comments.comments, name="comments"),
    path("projects/<slug:slug>/comments/asked/", comments.asked, name="comments-asked"),
    path("comments/<int:pk>/resolve/", comments.resolve, name="comment-resolve"),
    path("comments/<int:pk>/reopen/", comments.reopen, name="comment-reopen"),
    path("projects/<slug:slug>/batches/", batches.batches, name="batches"),
    path("batches/<int:pk>/withdraw/", batches.withdraw, name="batch-withdraw"),
    path("projects/<slug:slug>/export/<slug:format>/", exports.Export.as_view(), name="export"),
    path("projects/<slug:slug>/reserved/", reserved.reserved, name="reserved"),
    path("projects/<slug:slug>/worklists/", worklists.worklists, name="worklists"),
    path("worklists/<int:pk>/", worklists.worklist, name="worklist"),
    path("worklists/<int:pk>/items/", worklists.items, name="worklist-items"),
    path("worklists/<int:pk>/queue/", worklists.queue, name="worklist-queue"),
    path("worklists/<int:pk>/next/", next_case.next_case, name="worklist-next"),
    path("worklists/<int:pk>/progress/", next_case.progress, name="worklist-progress"),
]
