"""Runs, models and turns as rows, where a test is not about training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from annotation.models import ReservedSet, Worklist
from core.models import Project
from learning.models import Comparison, ComparisonCell, Iteration, Loop, ModelVersion, Run, Snapshot
from learning.recipe import PRESETS
from workers.models import Job

STATEMENT = "Research use only. Not a medical device; not for diagnosis or for decisions about patients."
ESTIMATE = {"value": 0.79, "low": 0.75, "high": 0.83}
GATE = {"macro_auroc": ESTIMATE, "n": 220, "n_patients": 220, "simulated_readers": True, "findings": {}}
"""As a turn keeps it."""
METRICS = GATE | {"macro_auprc": ESTIMATE, "findings": [], "replicates": 1000, "seed": 0, "points": None}
"""As a model and its card keep them."""


def make_run(project: Project, *, state: str = "done", **fields: Any) -> Run:
    """A run with its job and an empty snapshot."""
    ended = {"finished_at": timezone.now()} if state in ("done", "failed", "cancelled") else {}
    job = fields.pop("job", None) or Job.objects.create(
        kind="learning.train", project=project, state=state, label="Train quick", **ended
    )
    snapshot = Snapshot.objects.create(project=project, hash="0" * 64, findings=[], counts={"rows": {"verified": 3}})
    known: dict[str, Any] = {"recipe": PRESETS["quick"].model_dump(mode="json"), "recipe_name": "quick"}
    return Run.objects.create(project=project, job=job, snapshot=snapshot, **known | fields)


def make_model(
    project: Project, *, state: str = "candidate", weights: bytes = b"weights", **fields: Any
) -> ModelVersion:
    """A model version with a file of a few bytes."""
    number = ModelVersion.objects.filter(project=project).count() + 1
    run = fields.pop("run", None) or make_run(project)
    path = f"models/run-{run.pk}.safetensors"
    (Path(settings.HOME) / "models").mkdir(exist_ok=True)
    (Path(settings.HOME) / path).write_bytes(weights)
    return ModelVersion.objects.create(
        project=project, number=number, run=run, state=state, path=path, sha256="1" * 64, findings=["nodule"],
        card=_card(project, number), gate=METRICS, **fields
    )


def _card(project: Project, number: int) -> dict[str, Any]:
    return {
        "version": 1, "name": f"{project.slug} model {number}", "findings": ["nodule"], "statement": STATEMENT,
        "recipe": PRESETS["quick"].model_dump(mode="json"), "metrics": {"held_out": METRICS, "gate": METRICS},
        "temperatures": None, "points": None, "lineage": {}, "n_images": 3, "n_patients": 3, "created": "2026-01-01",
    }


def make_loop(project: Project, worklist: Worklist, **fields: Any) -> Loop:
    ReservedSet.objects.get_or_create(project=project, purpose="gate", defaults={"seed": 1})
    recipe = PRESETS["quick"].model_dump(mode="json")
    known = {"is_running": True, "started_at": timezone.now(), "recipe": recipe}
    return Loop.objects.create(project=project, worklist=worklist, **known | fields)


def make_turn(loop: Loop, *, state: str = "done", **fields: Any) -> Iteration:
    """A finished turn with a figure, unless fields say otherwise."""
    number = loop.iterations.count()
    job = Job.objects.create(kind="learning.turn", project=loop.project, state="done", finished_at=timezone.now())
    known: dict[str, Any] = {"gate": GATE, "promoted": True, "labels_spent": 30, "decision": "The first."}
    return Iteration.objects.create(
        loop=loop, number=number, state=state, job=job, run=make_run(loop.project, job=job), **known | fields
    )


AGAINST = {
    "control": "plain", "delta": 0.05, "low": 0.01, "high": 0.09, "p": 0.01, "p_holm": 0.02, "verdict": "gain",
    "margin": 0.02, "n": 30, "n_patients": 30, "n_seeds": 2, "cases_to_decide": None, "correlation": 0.7, "why": "",
    "unequal": [], "per_finding": {"nodule": {"value": 0.05, "low": 0.01, "high": 0.09}},
}


def make_comparison(project: Project, *, state: str = "done", run: Run | None = None, **fields: Any) -> Comparison:
    """Two arms and what brightness alone achieves; finished with figures, or with nothing done yet."""
    snapshot = run.snapshot if run is not None else Snapshot.objects.create(
        project=project, hash="2" * 64, findings=[{"code": "nodule", "name": "Nodule"}],
        counts={"rows": {"verified": 30}},
    )
    ended = {"finished_at": timezone.now()} if state in ("done", "failed", "cancelled") else {}
    job = Job.objects.create(kind="learning.compare", project=project, state=state, label="Compare", **ended)
    known: dict[str, Any] = {"name": "Weights", "findings": ["nodule"], "folds": 2, "seeds": [0, 1], "margin": 0.02}
    comparison = Comparison.objects.create(project=project, snapshot=snapshot, **known | fields)
    comparison.jobs.add(job)
    weighted = run.recipe if run is not None else PRESETS["small-data"].model_dump(mode="json")
    for number, (name, recipe) in enumerate(
        [("brightness alone", {}), ("plain", PRESETS["quick"].model_dump(mode="json")), ("weighted", weighted)]
    ):
        arm = comparison.arms.create(
            number=number, name=name, recipe=recipe, kind="recipe" if number else "trivial", is_control=number == 1
        )
        done = {"finished_at": timezone.now(), "seconds": 12.0} if state == "done" else {}
        ComparisonCell.objects.bulk_create(
            ComparisonCell(arm=arm, seed=s, fold=f, **done) for s in ([0, 1] if number else [0]) for f in (0, 1)
        )
    if state == "done":
        judged = [
            {"name": name, "seeds": [0, 1], "auroc": ESTIMATE, "per_finding": {"nodule": ESTIMATE},
             "against": None if name == "plain" else AGAINST | {"verdict": verdict}}
            for name, verdict in (("brightness alone", "harm"), ("plain", ""), ("weighted", "gain"))
        ]
        comparison.results = {"arms": judged, "n": 30, "n_patients": 30}
        comparison.judged_cells = 10
        comparison.save()
    return comparison
