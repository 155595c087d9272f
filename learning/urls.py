"""Recipes, runs, models and the loop, below /api/."""

from __future__ import annotations

from django.urls import URLPattern, path

from learning.api import advice, comparisons, for_programs, loop, models, receipts, recipes, runs, weights

urlpatterns: list[URLPattern] = [
    path("recipes/schema/", recipes.RecipeSchema.as_view(), name="recipe-schema"),
    path("recipes/presets/", recipes.Presets.as_view(), name="recipe-presets"),
    path("weights/", weights.Weights.as_view(), name="weights"),
    path("projects/<slug:slug>/recipes/estimate/", recipes.EstimateCost.as_view(), name="recipe-estimate"),
    path("projects/<slug:slug>/recipes/saved/", recipes.SavedRecipes.as_view(), name="saved-recipes"),
    path("recipes/saved/<int:pk>/", recipes.OneSavedRecipe.as_view(), name="saved-recipe"),
    path("worklists/<int:pk>/receipt/", receipts.WorklistReceipt.as_view(), name="worklist-receipt"),
    path("projects/<slug:slug>/receipts/", receipts.Receipts.as_view(), name="receipts"),
    path("projects/<slug:slug>/runs/", runs.Runs.as_view(), name="runs"),
    path("runs/<int:pk>/", runs.OneRun.as_view(), name="run"),
    path("runs/<int:pk>/repeat/", runs.RepeatRun.as_view(), name="run-repeat"),
    path("runs/<int:pk>/pack/", runs.PaperPack.as_view(), name="run-pack"),
    path("runs/<int:pk>/epochs/", runs.RunEpochs.as_view(), name="run-epochs"),
    path("runs/<int:pk>/held_out/", runs.HeldOut.as_view(), name="run-held-out"),
    path("runs/<int:pk>/compare/", comparisons.CompareRun.as_view(), name="run-compare"),
    path("projects/<slug:slug>/advice/", advice.ProjectAdvice.as_view(), name="advice"),
    path("projects/<slug:slug>/plan/", advice.ProjectPlan.as_view(), name="plan"),
    path("projects/<slug:slug>/comparisons/", comparisons.Comparisons.as_view(), name="comparisons"),
    path("comparisons/<int:pk>/", comparisons.OneComparison.as_view(), name="comparison"),
    path("comparisons/<int:pk>/extend/", comparisons.ExtendComparison.as_view(), name="comparison-extend"),
    path("comparisons/<int:pk>/cancel/", comparisons.CancelComparison.as_view(), name="comparison-cancel"),
    path("comparisons/<int:pk>/resume/", comparisons.ResumeComparison.as_view(), name="comparison-resume"),
    path("comparisons/<int:pk>/predictions/", comparisons.ComparisonPredictions.as_view(), name="comparison-held-out"),
    path("comparisons/<int:pk>/table/", comparisons.ComparisonTable.as_view(), name="comparison-table"),
    path("projects/<slug:slug>/models/", models.Models.as_view(), name="models"),
    path("models/<int:pk>/", models.OneModel.as_view(), name="model"),
    path("models/<int:pk>/file/", models.ModelFile.as_view(), name="model-file"),
    path("models/<int:pk>/onnx/", models.ModelOnnx.as_view(), name="model-onnx"),
    path("models/<int:pk>/masks/", models.ModelMasks.as_view(), name="model-masks"),
    path("models/<int:pk>/card/", models.ModelCard.as_view(), name="model-card"),
    path("projects/<slug:slug>/snapshots/", for_programs.Snapshots.as_view(), name="snapshots"),
    path("snapshots/<int:pk>/rows/", for_programs.SnapshotRows.as_view(), name="snapshot-rows"),
    path("projects/<slug:slug>/image_keys/", for_programs.ImageKeys.as_view(), name="image-keys"),
    path("projects/<slug:slug>/pixels/", for_programs.Pixels.as_view(), name="pixels"),
    path("projects/<slug:slug>/foreign_models/", for_programs.ForeignModels.as_view(), name="foreign-models"),
    path("models/<int:pk>/predictions/", for_programs.ModelPredictions.as_view(), name="model-predictions"),
    path("models/<int:pk>/judge/", for_programs.JudgeModel.as_view(), name="model-judge"),
    path("projects/<slug:slug>/loop/", loop.TheLoop.as_view(), name="loop"),
    path("projects/<slug:slug>/loop/step/", loop.StepLoop.as_view(), name="loop-step"),
    path("projects/<slug:slug>/loop/stop/", loop.StopLoop.as_view(), name="loop-stop"),
    path("projects/<slug:slug>/loop/simulate/", loop.SimulateReaders.as_view(), name="loop-simulate"),
    path("turns/<int:pk>/override/", loop.OverrideTurn.as_view(), name="turn-override"),
]
