"""Training, runs, models, the loop."""

from __future__ import annotations

from django.urls import URLPattern, path

from frontend.views import aid, loop, models, run, train

urlpatterns: list[URLPattern] = [
    path("p/<slug:slug>/train/", train.Train.as_view(), name="train-page"),
    path("p/<slug:slug>/train/plan/", train.TrainPlan.as_view(), name="train-plan-part"),
    path("p/<slug:slug>/runs/<int:run_id>/", run.OneRun.as_view(), name="run-page"),
    path("p/<slug:slug>/runs/<int:run_id>/live/<slug:part>/", run.RunPart.as_view(), name="run-part"),
    path("p/<slug:slug>/aid/", aid.Aid.as_view(), name="aid-page"),
    path("p/<slug:slug>/models/", models.Models.as_view(), name="models-page"),
    path("p/<slug:slug>/loop/", loop.LoopPage.as_view(), name="loop-page"),
    path("p/<slug:slug>/loop/live/<slug:part>/", loop.LoopPart.as_view(), name="loop-part"),
]
