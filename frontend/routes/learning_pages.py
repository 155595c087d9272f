"""Training, runs, models, the loop."""

from __future__ import annotations

from django.urls import URLPattern, path

from frontend.views import advice, aid, comparisons, loop, loop_settings, models, planner, run, train, weights

urlpatterns: list[URLPattern] = [
    path("p/<slug:slug>/train/", train.Train.as_view(), name="train-page"),
    path("p/<slug:slug>/train/plan/", train.TrainPlan.as_view(), name="train-plan-part"),
    path("p/<slug:slug>/train/preview/", train.TrainPreview.as_view(), name="train-preview-part"),
    path("p/<slug:slug>/runs/<int:run_id>/", run.OneRun.as_view(), name="run-page"),
    path("p/<slug:slug>/runs/<int:run_id>/live/<slug:part>/", run.RunPart.as_view(), name="run-part"),
    path("p/<slug:slug>/compare/", comparisons.Comparisons.as_view(), name="comparisons-page"),
    path("p/<slug:slug>/compare/new/", comparisons.NewComparison.as_view(), name="comparison-new-page"),
    path("p/<slug:slug>/compare/new/plan/", comparisons.ComparisonPlan.as_view(), name="comparison-plan-part"),
    path("p/<slug:slug>/compare/<int:comparison_id>/", comparisons.OneComparison.as_view(), name="comparison-page"),
    path(
        "p/<slug:slug>/compare/<int:comparison_id>/live/<slug:part>/", comparisons.ComparisonPart.as_view(),
        name="comparison-part",
    ),
    path("p/<slug:slug>/advice/", advice.AdvicePage.as_view(), name="advice-page"),
    path("p/<slug:slug>/planner/", planner.Planner.as_view(), name="planner-page"),
    path("p/<slug:slug>/aid/", aid.Aid.as_view(), name="aid-page"),
    path("p/<slug:slug>/models/", models.Models.as_view(), name="models-page"),
    path("p/<slug:slug>/weights/", weights.Weights.as_view(), name="weights-page"),
    path("p/<slug:slug>/loop/", loop.LoopPage.as_view(), name="loop-page"),
    path("p/<slug:slug>/loop/settings/", loop_settings.LoopSettingsPage.as_view(), name="loop-settings-page"),
    path("p/<slug:slug>/loop/live/<slug:part>/", loop.LoopPart.as_view(), name="loop-part"),
]
