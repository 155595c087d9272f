"""From a finished training to a model version: calibrated, judged, written once."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Max

from learning.models import ModelVersion, Run
from learning.recipe import Recipe
from learning.services.closer_look import closer_look, coverage_on, prior_correction
from learning.services.gate import judge_on, reserved_cases
from learning.services.judging import figures, gate_figures, held_out_figures
from learning.services.seen import training_print
from learning.services.start_story import start_story
from workers.engine import JobContext

if TYPE_CHECKING:
    from learning.toolkit.crossfit import Outcome
    from learning.toolkit.data import Examples
    from learning.toolkit.export import ModelCard
    from learning.toolkit.nets import Network


def keep_model(
    *, run: Run, job: JobContext, recipe: Recipe, examples: Examples, outcome: Outcome, parent: ModelVersion | None
) -> ModelVersion:
    """Calibrate on the calibration set, judge on held-out patients and on the gate set, write file and rows."""
    from learning.services.provenance import environment
    from learning.toolkit.export import save_model

    card = _card(run, recipe, examples, outcome.fit.model, parent)
    metrics = held_out_figures(card, examples, outcome) | closer_look(card, examples, outcome)
    gate = gate_metrics(run, outcome.fit.model, card)
    told = {"held_out": metrics, "gate": gate, **start_story(recipe, outcome, examples, parent)}
    card = card.model_copy(update={"metrics": told})
    relative = f"models/run-{run.pk}.safetensors"
    path = Path(settings.HOME) / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    save_model(path, outcome.fit.model, card)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    words = {"finished": "ran its full length", "early": "stopped early: no better validation loss",
             "time": "ended by its time budget", "cancelled": "cancelled"}
    with job.fenced():
        Run.objects.filter(pk=run.pk).update(
            metrics=told, environment=environment(recipe) | {"parameters": _parameters(outcome.fit.model)},
            outcome=f"{words[outcome.fit.stopped_because]}; kept epoch {outcome.fit.kept_epoch}",
        )
        number = (ModelVersion.objects.filter(project=run.project).aggregate(n=Max("number"))["n"] or 0) + 1
        return ModelVersion.objects.create(
            project=run.project, number=number, run=run, parent=parent, path=relative, sha256=digest,
            findings=list(examples.findings), card=card.as_dict() | {"name": f"{run.project.slug} model {number}"},
            gate=gate,
        )


def _card(run: Run, recipe: Recipe, examples: Examples, model: Any, parent: ModelVersion | None) -> ModelCard:
    from learning.toolkit.calibrate import choose_points
    from learning.toolkit.export import ModelCard
    from learning.toolkit.task_scaling import fit_task_scaling

    bare = ModelCard(
        name=f"{run.project.slug} run {run.pk}", findings=examples.findings, recipe=recipe,
        lineage={"project": run.project.slug, "run": run.pk, "snapshot": run.snapshot.hash},
        n_images=len(examples), n_patients=len(set(examples.patients)),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seen=training_print(run=run, parent=parent, size=recipe.input.size),
    )
    if recipe.targets.kind in ("segmentation", "progression"):  # reserved cases tell of single studies, not of pixels
        return bare
    cases = reserved_cases(run.project, "calibration", examples.findings)
    probabilities, targets, _ = judge_on(run.project, cases, model, bare)
    if len(probabilities):  # without a calibration set nothing is chosen: ranked cases never calibrate
        temperatures, shifts = fit_task_scaling(recipe.targets.kind, examples.findings, probabilities, targets)
        scaling = {"temperatures": tuple(map(float, temperatures)), "shifts": tuple(map(float, shifts))}
        scaled = bare.model_copy(update=scaling)
        return scaled.model_copy(update={"points": tuple(choose_points(scaled.calibrated(probabilities), targets))})
    return bare.model_copy(update=prior_correction(recipe, examples))


def gate_metrics(run: Run, model: Any, card: ModelCard) -> dict[str, Any] | None:
    """Metrics on the gate set with intervals by patient; None when there is none or nobody has read it."""
    chosen = {"points": [asdict(p) for p in card.points] if card.points else None}
    if card.recipe.targets.kind in ("segmentation", "progression"):
        told = gate_figures(run.project, model, card)
        return None if told is None else told | chosen
    cases = reserved_cases(run.project, "gate", card.findings)
    probabilities, targets, patients = judge_on(run.project, cases, model, card)
    if not len(probabilities):
        return None
    calibration = reserved_cases(run.project, "calibration", card.findings)
    known, answers, _ = judge_on(run.project, calibration, model, card)
    told = figures(card, probabilities, targets, patients)
    sets = coverage_on(card, (known, answers), (probabilities, targets))
    return told | chosen | {"simulated_readers": cases.simulated, "conformal": sets}


def _parameters(model: Network) -> str:
    """How many weights the network has: what a volume's costs beside an image's."""
    return f"{sum(weight.numel() for weight in model.parameters()):,}"
