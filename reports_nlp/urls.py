"""Addresses of the reports API, below /api/."""

from __future__ import annotations

from django.urls import URLPattern, path

from reports_nlp.api import acts, intakes, reports, rules, traits
from reports_nlp.urls_models import urlpatterns as of_models

urlpatterns: list[URLPattern] = [
    path("projects/<slug:slug>/reports/", reports.reports, name="reports"),
    path("projects/<slug:slug>/reports/coverage/", reports.report_coverage, name="report-coverage"),
    path("reports/<int:pk>/", reports.report, name="report"),
    path("reports/<int:pk>/verdicts/", reports.verdicts, name="report-verdicts"),
    path("projects/<slug:slug>/reports/extract/", acts.extract, name="report-extract"),
    path("projects/<slug:slug>/reports/publish/", acts.publish, name="report-publish"),
    path("projects/<slug:slug>/reports/queue/", acts.queue, name="report-queue"),
    path("projects/<slug:slug>/reports/disagreement/", acts.disagreement, name="report-disagreement"),
    path("projects/<slug:slug>/reports/traits/", traits.traits, name="report-traits"),
    path("projects/<slug:slug>/reports/rules/", rules.rules, name="report-rules"),
    path("projects/<slug:slug>/reports/rules/preview/", rules.preview, name="report-rules-preview"),
    path("projects/<slug:slug>/report-intakes/", intakes.intakes, name="report-intakes"),
    path("projects/<slug:slug>/waiting-reports/", intakes.waiting, name="waiting-reports"),
    path("projects/<slug:slug>/waiting-records/", intakes.waiting_codes, name="waiting-records"),
    path("report-intakes/<int:pk>/", intakes.detail, name="report-intake"),
    path("report-intakes/<int:pk>/start/", intakes.start, name="report-intake-start"),
    path("report-intakes/<int:pk>/verdicts/", intakes.verdicts, name="report-intake-verdicts"),
    path("reports/<int:pk>/match/", intakes.match, name="report-match"),
    path("reports/<int:pk>/unmatch/", intakes.unmatch_report, name="report-unmatch"),
    *of_models,
]
