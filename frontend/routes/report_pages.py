"""Reports: the list, one report, importing, rules, accuracy."""

from __future__ import annotations

from django.urls import URLPattern, path

from frontend.views import report_accuracy, report_blind, report_import, report_rules, reports, reports_review

P = "p/<slug:slug>/reports/"

urlpatterns: list[URLPattern] = [
    path(P, reports.Reports.as_view(), name="reports-page"),
    path(f"{P}publish/", reports.PublishPreview.as_view(), name="report-publish-part"),
    path(f"{P}import/", report_import.ImportReports.as_view(), name="report-import-page"),
    path(f"{P}import/columns/", report_import.PreviewTable.as_view(), name="report-columns-part"),
    path(f"{P}import/<int:intake>/", report_import.OneReportImport.as_view(), name="report-intake-page"),
    path(f"{P}unmatched/", report_import.Unmatched.as_view(), name="report-unmatched-page"),
    path(f"{P}blind/", report_blind.BlindReport.as_view(), name="report-blind-page"),
    path(f"{P}rules/", report_rules.RulesPage.as_view(), name="report-rules-page"),
    path(f"{P}rules/try/", report_rules.TryRules.as_view(), name="report-rules-try-part"),
    path(f"{P}rules/preview/", report_rules.PreviewRules.as_view(), name="report-rules-preview-part"),
    path(f"{P}accuracy/", report_accuracy.AccuracyPage.as_view(), name="report-accuracy-page"),
    path(f"{P}<int:report>/", reports_review.ReviewReport.as_view(), name="report-page"),
]
