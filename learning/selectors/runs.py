"""Runs as people ask about them: in which state, with which figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from core.models import Project, User
from learning.models import ModelVersion, Run
from learning.selectors.headline import LABELS
from workers.models import Job

_FIGURES = {
    "binary": "macro_auroc", "multiclass": "classes__balanced_accuracy", "ordinal": "grades__0__quadratic_kappa",
    "segmentation": "findings__0__dice_present",
}
"""Kind of task → where its headline stands in the metrics; `headline` says the same of one run."""


@dataclass(frozen=True)
class RunRow:
    """One line of the list of runs. `figure` names what held_out and gate are: AUROC, Dice, quadratic kappa…"""

    run: Run
    state: str
    model: ModelVersion | None
    images: int
    held_out: dict[str, Any] | None
    n_held_out: int | None
    gate: dict[str, Any] | None
    n_gate: int | None
    gate_is_simulated: bool
    figure: str = "AUROC"


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
    told = {
        f"{part}_{kind}": F(f"metrics__{part}__{path}") for part in ("held_out", "gate")
        for kind, path in _FIGURES.items()
    }
    runs = runs_of(user, project).defer("metrics", "recipe", "environment").annotate(
        kind=F("metrics__held_out__kind"), n_held_out=F("metrics__held_out__n"), n_gate=F("metrics__gate__n"),
        by_simulated=F("metrics__gate__simulated_readers"), **told,
    )
    return [_row(run) for run in runs[:limit]]


def _row(run: Any) -> RunRow:
    counts = run.snapshot.counts.get("rows", {})
    kind = run.kind if run.kind in _FIGURES else "binary"
    return RunRow(
        run=run, state=run_state(run), model=model_of(run), images=sum(v for k, v in counts.items() if k != "pseudo"),
        held_out=getattr(run, f"held_out_{kind}"), n_held_out=run.n_held_out, gate=getattr(run, f"gate_{kind}"),
        n_gate=run.n_gate, gate_is_simulated=bool(run.by_simulated), figure=LABELS[kind],
    )
