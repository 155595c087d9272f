"""Runs as people ask about them: in which state, with which figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from core.models import Project, User
from learning.models import ModelVersion, Run
from workers.models import Job


@dataclass(frozen=True)
class RunRow:
    """One line of the list of runs."""

    run: Run
    state: str
    model: ModelVersion | None
    images: int
    held_out: dict[str, Any] | None
    n_held_out: int | None
    gate: dict[str, Any] | None
    n_gate: int | None
    gate_is_simulated: bool


def model_of(run: Run) -> ModelVersion | None:
    """The model that the run ended in."""
    found: ModelVersion | None = getattr(run, "model_version", None)
    return found


def run_state(run: Run, job: Job | None = None) -> str:
    """queued, running, done, failed or cancelled. The runs of one turn share its job; each is done with its model."""
    return "done" if model_of(run) is not None else str((job or run.job).state)


def is_running(run: Run) -> bool:
    return run_state(run) in ("queued", "running")


def runs_of(user: User, project: Project) -> QuerySet[Run]:
    found = Run.objects.visible_to(user).filter(project=project)
    return found.select_related("job", "snapshot", "created_by", "model_version")


def run_rows(user: User, project: Project, *, limit: int = 200) -> list[RunRow]:
    """Newest first; the metrics' long tables stay in the database."""
    runs = runs_of(user, project).defer("metrics", "recipe", "environment").annotate(
        held_out=F("metrics__held_out__macro_auroc"), n_held_out=F("metrics__held_out__n"),
        gate=F("metrics__gate__macro_auroc"), n_gate=F("metrics__gate__n"),
        by_simulated=F("metrics__gate__simulated_readers"),
    )
    return [_row(run) for run in runs[:limit]]


def _row(run: Any) -> RunRow:
    counts = run.snapshot.counts.get("rows", {})
    return RunRow(
        run=run, state=run_state(run), model=model_of(run), images=sum(v for k, v in counts.items() if k != "pseudo"),
        held_out=run.held_out, n_held_out=run.n_held_out, gate=run.gate, n_gate=run.n_gate,
        gate_is_simulated=bool(run.by_simulated),
    )
