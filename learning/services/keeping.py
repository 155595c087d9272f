"""From a finished training to a model version: calibrated, judged, written once."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.db.models import Max

from learning.models import ModelVersion, Run
from learning.recipe import Recipe
from learning.services.gate import judge_on, operating_points, reserved_cases
from learning.services.seen import training_print
from workers.engine import JobContext

if TYPE_CHECKING:
    from learning.toolkit.crossfit import Outcome
    from learning.toolkit.data import Examples
    from learning.toolkit.export import ModelCard


def keep_model(
    *, run: Run, job: JobContext, recipe: Recipe, examples: Examples, outcome: Outcome, parent: ModelVersion | None
) -> ModelVersion:
    """Calibrate on the calibration set, judge on held-out patients and on the gate set, write file and rows."""
    from learning.services.provenance import environment
    from learning.toolkit.export import save_model

    card = _card(run, recipe, examples, outcome.fit.model, parent)
    metrics = _held_out_metrics(examples, outcome, card)
    gate = gate_metrics(run, outcome.fit.model, card)
    card = card.model_copy(update={"metrics": {"held_out": metrics, "gate": gate}})
    relative = f"models/run-{run.pk}.safetensors"
    path = Path(settings.HOME) / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    save_model(path, outcome.fit.model, card)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    words = {"finished": "ran its full length", "early": "stopped early: no better validation loss",
             "time": "ended by its time budget", "cancelled": "cancelled"}
    with job.fenced():
        Run.objects.filter(pk=run.pk).update(
            metrics={"held_out": metrics, "gate": gate}, environment=environment(recipe),
            outcome=f"{words[outcome.fit.stopped_because]}; kept epoch {outcome.fit.kept_epoch}",
        )
        number = (ModelVersion.objects.filter(project=run.project).aggregate(n=Max("number"))["n"] or 0) + 1
        return ModelVersion.objects.create(
            project=run.project, number=number, run=run, parent=parent, path=relative, sha256=digest,
            findings=list(examples.findings), card=card.as_dict() | {"name": f"{run.project.slug} model {number}"},
            gate=gate,
        )


def _card(run: Run, recipe: Recipe, examples: Examples, model: Any, parent: ModelVersion | None) -> ModelCard:
    from learning.toolkit.calibrate import choose_points, fit_scaling, scale
    from learning.toolkit.export import ModelCard

    bare = ModelCard(
        name=f"{run.project.slug} run {run.pk}", findings=examples.findings, recipe=recipe,
        lineage={"project": run.project.slug, "run": run.pk, "snapshot": run.snapshot.hash},
        n_images=len(examples), n_patients=len(set(examples.patients)),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seen=training_print(run=run, parent=parent, size=recipe.input.size),
    )
    cases = reserved_cases(run.project, "calibration", examples.findings)
    probabilities, targets, _ = judge_on(run.project, cases, model, bare)
    if len(probabilities):  # without a calibration set nothing is chosen: ranked cases never calibrate
        temperatures, shifts = fit_scaling(probabilities, targets)
        points = choose_points(scale(probabilities, temperatures, shifts), targets)
        scaling = {"temperatures": tuple(map(float, temperatures)), "shifts": tuple(map(float, shifts))}
        return bare.model_copy(update=scaling | {"points": tuple(points)})
    return bare


def _held_out_metrics(examples: Examples, outcome: Outcome, card: ModelCard) -> dict[str, Any]:
    from learning.toolkit.evaluate import evaluate

    rows = outcome.rows
    probabilities = np.asarray(card.calibrated(np.asarray(outcome.probabilities, np.float64)))
    points, points_from = operating_points(card)
    result = evaluate(
        probabilities, examples.targets[rows], findings=examples.findings,
        patients=[examples.patients[r] for r in rows], points=points, points_from=points_from,
    )
    return result.as_dict() | {"calibrated": card.temperatures is not None}


def gate_metrics(run: Run, model: Any, card: ModelCard) -> dict[str, Any] | None:
    """Metrics on the gate set with intervals by patient; None when there is none or nobody has read it."""
    from learning.toolkit.evaluate import evaluate

    cases = reserved_cases(run.project, "gate", card.findings)
    probabilities, targets, patients = judge_on(run.project, cases, model, card)
    if not len(probabilities):
        return None
    points, points_from = operating_points(card)
    result = evaluate(
        probabilities, targets, findings=card.findings, patients=patients, points=points, points_from=points_from
    )
    chosen = [asdict(p) for p in card.points] if card.points else None
    return result.as_dict() | {"simulated_readers": cases.simulated, "points": chosen}
