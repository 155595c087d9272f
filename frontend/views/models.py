"""Model versions: the champion, those before it, those that were not good enough; figures, cards, downloads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages

from core.access import require
from core.errors import NotFound
from frontend.forms.recipe import described
from frontend.views.page import ProjectPage
from learning.models import Iteration, ModelState, ModelVersion
from learning.recipe import RecipeError, load_recipe
from learning.selectors.headline import column_names, headline, task_of
from learning.selectors.turn_sentences import decision_sentence
from learning.services.foreign import is_foreign
from learning.services.onnx import onnx_jobs, onnx_path, start_onnx
from learning.services.outlines import start_outlining, stop_outlining
from workers.models import Job


@dataclass(frozen=True)
class ModelLine:
    """A model with what the page says about it."""

    model: ModelVersion
    recipe: str
    gate: dict[str, Any]
    held_out: dict[str, Any]
    turn: Iteration | None
    decision: str
    is_control: bool
    is_foreign: bool
    has_onnx: bool
    task: str
    gate_figure: dict[str, Any]
    held_out_figure: dict[str, Any]
    columns: dict[str, str]
    """Column → its name."""
    points: list[dict[str, Any]]
    judged: list[dict[str, Any]]
    """Per table of figures its title, heads and rows."""
    onnx_job: Job | None


class Models(ProjectPage):
    template = "frontend/models.html"
    acts = {
        "onnx": ("make_onnx", "export"), "outline": ("suggest_masks", "manage"),
        "no-outline": ("suggest_no_masks", "manage"),
    }

    def _model(self) -> ModelVersion:
        pk = self.request.POST.get("model", "")
        versions = ModelVersion.objects.visible_to(self.person).filter(project=self.project)
        version = versions.filter(pk=pk).first() if pk.isdigit() else None
        if version is None:
            raise NotFound("There is no such model in this project.")
        return version

    def suggest_masks(self) -> None:
        version = self._model()
        require(self.person, "train", self.project)  # not in an archive
        start_outlining(version=version, user=self.person)
        messages.success(
            self.request, f"Model {version.number} outlines the pool; its masks are suggested in the reading room, "
            "never before an unaided answer.",
        )

    def suggest_no_masks(self) -> None:
        stop_outlining(version=self._model(), user=self.person)
        messages.success(self.request, "No masks are suggested any more. Those that readers accepted stay theirs.")

    def make_onnx(self) -> None:
        version = self._model()
        start_onnx(version=version, user=self.person)
        messages.success(self.request, f"Model {version.number} is being written as ONNX; its button then downloads.")

    def context(self) -> dict[str, Any]:
        found = ModelVersion.objects.visible_to(self.person).filter(project=self.project)
        versions = list(found.select_related("run__snapshot", "parent"))
        turns = _turns(versions)
        jobs = onnx_jobs(self.project)
        lines = [_line(version, turns.get(version.run_id), jobs.get(version.pk)) for version in versions]
        champion = next((line for line in lines if line.model.state == ModelState.CHAMPION), None)
        return super().context() | {"lines": lines, "champion": champion}


def _turns(versions: list[ModelVersion]) -> dict[int, Iteration]:
    """Run → the turn in which it was student or control."""
    runs = [version.run_id for version in versions]
    related = ("champion", "challenger", "overridden_by")
    students = Iteration.objects.filter(run__in=runs).select_related(*related)
    controls = Iteration.objects.filter(control_run__in=runs).select_related(*related)
    return {t.control_run_id: t for t in controls if t.control_run_id} | {t.run_id: t for t in students if t.run_id}


def _line(version: ModelVersion, turn: Iteration | None, onnx_job: Job | None) -> ModelLine:
    metrics = version.card.get("metrics", {})
    columns = column_names(version.findings, version.run.snapshot.findings)
    points = zip(columns.values(), version.card.get("points") or [], strict=False)
    tables = (("Gate set", version.gate), ("Held-out patients", metrics.get("held_out")))
    is_control = turn is not None and turn.control_run_id == version.run_id
    judged = turn is not None and not is_control and turn.promoted is not None
    return ModelLine(
        model=version, recipe=_recipe(version), gate=version.gate or {}, held_out=metrics.get("held_out") or {},
        turn=turn, decision=decision_sentence(turn) if turn is not None and judged else "", is_control=is_control,
        is_foreign=is_foreign(version), has_onnx=onnx_path(version).exists(),
        task=task_of(version), gate_figure=headline(version.gate), held_out_figure=headline(metrics.get("held_out")),
        columns=columns, points=[point | {"name": name} for name, point in points],
        judged=[_judged(title, told, columns) for title, told in tables if told and told.get("findings")],
        onnx_job=onnx_job,
    )


FIGURES = {"AUROC": "auroc", "Sensitivity": "sensitivity", "Specificity": "specificity"}
MASK_FIGURES = {"Dice": "dice", "Dice where present": "dice_present"}


def _judged(title: str, told: dict[str, Any], columns: dict[str, str]) -> dict[str, Any]:
    """The card's short table of one set of cases."""
    figures = MASK_FIGURES if told.get("kind") == "segmentation" else FIGURES
    rows = [
        {
            "name": columns.get(one["finding"], one["finding"]), "n": one["n"], "reason": one.get("reason") or "",
            "present": one.get("n_positive", one.get("n_present", 0)), "cells": [one.get(f) for f in figures.values()],
        }
        for one in told["findings"]
    ]
    return {
        "title": title, "n": told["n"], "simulated": told.get("simulated_readers"), "heads": list(figures),
        "rows": rows,
    }


def _recipe(version: ModelVersion) -> str:
    if is_foreign(version):
        return f"{version.run.recipe_name}, trained elsewhere; {version.run.outcome}"
    try:
        return described(load_recipe(version.run.recipe))
    except RecipeError:
        return version.run.recipe_name
