"""Recipes, runs, models and the loop, below /api/."""

from __future__ import annotations

from django.urls import URLPattern, path

from learning.api import loop, models, receipts, recipes, runs

urlpatterns: list[URLPattern] = [
    path("recipes/schema/", recipes.RecipeSchema.as_view(), name="recipe-schema"),
    path("recipes/presets/", recipes.Presets.as_view(), name="recipe-presets"),
    path("projects/<slug:slug>/recipes/estimate/", recipes.EstimateCost.as_view(), name="recipe-estimate"),
    path("worklists/<int:pk>/receipt/", receipts.WorklistReceipt.as_view(), name="worklist-receipt"),
    path("projects/<slug:slug>/receipts/", receipts.Receipts.as_view(), name="receipts"),
    path("projects/<slug:slug>/runs/", runs.Runs.as_view(), name="runs"),
    path("runs/<int:pk>/", runs.OneRun.as_view(), name="run"),
    path("runs/<int:pk>/repeat/", runs.RepeatRun.as_view(), name="run-repeat"),
    path("runs/<int:pk>/pack/", runs.PaperPack.as_view(), name="run-pack"),
    path("runs/<int:pk>/epochs/", runs.RunEpochs.as_view(), name="run-epochs"),
    path("runs/<int:pk>/held_out/", runs.HeldOut.as_view(), name="run-held-out"),
    path("projects/<slug:slug>/models/", models.Models.as_view(), name="models"),
    path("models/<int:pk>/", models.OneModel.as_view(), name="model"),
    path("models/<int:pk>/file/", models.ModelFile.as_view(), name="model-file"),
    path("models/<int:pk>/onnx/", models.ModelOnnx.as_view(), name="model-onnx"),
    path("models/<int:pk>/card/", models.ModelCard.as_view(), name="model-card"),
    path("projects/<slug:slug>/loop/", loop.TheLoop.as_view(), name="loop"),
    path("projects/<slug:slug>/loop/step/", loop.StepLoop.as_view(), name="loop-step"),
    path("projects/<slug:slug>/loop/stop/", loop.StopLoop.as_view(), name="loop-stop"),
    path("projects/<slug:slug>/loop/simulate/", loop.SimulateReaders.as_view(), name="loop-simulate"),
    path("turns/<int:pk>/override/", loop.OverrideTurn.as_view(), name="turn-override"),
]
