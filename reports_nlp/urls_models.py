"""Addresses of text models, accuracy and the language model, below /api/."""

from __future__ import annotations

from django.urls import URLPattern, path

from reports_nlp.api import accuracy, blind, language_model, text_models

urlpatterns: list[URLPattern] = [
    path("projects/<slug:slug>/report_labelers/", text_models.Labelers.as_view(), name="report-labelers"),
    path("projects/<slug:slug>/report_models/", text_models.TextModels.as_view(), name="text-models"),
    path("projects/<slug:slug>/report_models/train/", text_models.TrainModels.as_view(), name="train-text-models"),
    path("report_models/<int:pk>/", text_models.OneTextModel.as_view(), name="text-model"),
    path("report_models/<int:pk>/promote/", text_models.PromoteTextModel.as_view(), name="promote-text-model"),
    path("report_models/<int:pk>/retire/", text_models.RetireTextModel.as_view(), name="retire-text-model"),
    path("projects/<slug:slug>/report_accuracy/", accuracy.ReportAccuracy.as_view(), name="report-accuracy"),
    path("projects/<slug:slug>/report_accuracy/errors/", accuracy.ReportErrors.as_view(), name="report-errors"),
    path(
        "projects/<slug:slug>/report_accuracy/errors.csv", accuracy.ReportErrorsFile.as_view(),
        name="report-errors-file",
    ),
    path("projects/<slug:slug>/reports/blind/", blind.NextBlindReport.as_view(), name="next-blind-report"),
    path("reports/<int:pk>/blind/", blind.AnswerBlindReport.as_view(), name="blind-report"),
    path("projects/<slug:slug>/language_model/", language_model.TheLanguageModel.as_view(), name="language-model"),
    path(
        "projects/<slug:slug>/language_model/read/", language_model.ReadWithLanguageModel.as_view(),
        name="language-model-read",
    ),
    path(
        "projects/<slug:slug>/language_model/publish/", language_model.PublishLanguageModel.as_view(),
        name="language-model-publish",
    ),
]
