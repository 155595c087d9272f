"""Model versions: the champion, those before it, those that were not good enough; figures, cards, downloads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotation.models import Finding
from frontend.forms.recipe import described
from frontend.views.page import ProjectPage
from learning.models import Iteration, ModelState, ModelVersion
from learning.recipe import RecipeError, load_recipe
from learning.selectors.turn_sentences import decision_sentence


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


class Models(ProjectPage):
    template = "frontend/models.html"

    def context(self) -> dict[str, Any]:
        found = ModelVersion.objects.visible_to(self.person).filter(project=self.project)
        versions = list(found.select_related("run__snapshot", "parent"))
        turns = _turns(versions)
        lines = [_line(version, turns.get(version.run_id)) for version in versions]
        champion = next((line for line in lines if line.model.state == ModelState.CHAMPION), None)
        names = dict(Finding.objects.filter(project=self.project).values_list("code", "name"))
        return super().context() | {"lines": lines, "champion": champion, "names": names}


def _turns(versions: list[ModelVersion]) -> dict[int, Iteration]:
    """Run → the turn in which it was student or control."""
    runs = [version.run_id for version in versions]
    related = ("champion", "challenger", "overridden_by")
    students = Iteration.objects.filter(run__in=runs).select_related(*related)
    controls = Iteration.objects.filter(control_run__in=runs).select_related(*related)
    return {t.control_run_id: t for t in controls if t.control_run_id} | {t.run_id: t for t in students if t.run_id}


def _line(version: ModelVersion, turn: Iteration | None) -> ModelLine:
    metrics = version.card.get("metrics", {})
    is_control = turn is not None and turn.control_run_id == version.run_id
    judged = turn is not None and not is_control and turn.promoted is not None
    return ModelLine(
        model=version, recipe=_recipe(version), gate=version.gate or {}, held_out=metrics.get("held_out") or {},
        turn=turn, decision=decision_sentence(turn) if turn is not None and judged else "", is_control=is_control,
    )


def _recipe(version: ModelVersion) -> str:
    try:
        return described(load_recipe(version.run.recipe))
    except RecipeError:
        return version.run.recipe_name
