"""Starting and executing a run: snapshot frozen, job queued, trained in a process of its own, kept exactly once."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from core.errors import Invalid
from core.models import Project, User
from learning.models import ModelVersion, Run, RunEpoch, RunPurpose, Snapshot
from learning.recipe import PRESETS, Recipe, RecipeError, load_recipe
from learning.services.invariances import bound_recipe
from learning.services.snapshots import freeze_snapshot
from learning.services.start_state import check_weights, parent_of, start_file
from workers.engine import JobContext, PermanentFailure, defer
from workers.models import Job

if TYPE_CHECKING:
    from learning.toolkit.crossfit import Outcome
    from learning.toolkit.data import Examples
    from learning.toolkit.export import ModelCard

KIND = "learning.train"


def recipe_named(text: str) -> tuple[Recipe, str]:
    """A preset by name, or a JSON file by path. Raises Invalid naming the presets."""
    if text in PRESETS:
        return PRESETS[text], text
    if Path(text).suffix == ".json" or Path(text).exists():
        return validated(Path(text)), Path(text).stem
    raise Invalid(f"No preset or file {text!r}; presets: {', '.join(PRESETS)}.")


def validated(data: Any) -> Recipe:
    """Raises Invalid with the recipe's own explanation."""
    try:
        return load_recipe(data)
    except RecipeError as error:
        raise Invalid(str(error)) from None


def start_run(
    *, project: Project, recipe: Recipe, user: User | None, recipe_name: str = "",
    sources: Sequence[str] = ("reader",), limit_to: Iterable[int] | None = None,
) -> Run:
    """Freeze the snapshot and queue the training in one transaction. Raises Invalid with what is missing."""
    recipe = bound_recipe(project, recipe)
    parent = parent_of(project, recipe, user)
    check_weights(recipe)
    with transaction.atomic():
        snapshot = freeze_snapshot(
            project=project, user=user, sources=sources, limit_to=limit_to, findings=recipe.targets.findings,
            task=recipe.targets, volumes=recipe.input.is_volume,
        )
        job = defer(KIND, payload={}, project=project, user=user, label=f"Train {recipe_name or recipe.network.name}")
        run = make_run(
            project=project, recipe=recipe, snapshot=snapshot, job=job, user=user, purpose=RunPurpose.MANUAL,
            recipe_name=recipe_name,
        )
        Job.objects.filter(pk=job.pk).update(payload={"run": run.pk, "parent": parent.pk if parent else None})
    return run


def make_run(
    *, project: Project, recipe: Recipe, snapshot: Snapshot, job: Job, user: User | None, purpose: str,
    recipe_name: str = "", repeats: Run | None = None,
) -> Run:
    return Run.objects.create(
        project=project, recipe=recipe.model_dump(mode="json"), snapshot=snapshot, job=job, created_by=user,
        purpose=purpose, recipe_name=recipe_name, repeats=repeats,
    )


def execute_run(*, job: JobContext) -> dict[str, Any]:
    """The handler's work: train, judge, keep the model."""
    run = Run.objects.select_related("project", "snapshot").get(pk=job.payload["run"])
    known = job.payload.get("parent")
    parent = ModelVersion.objects.filter(pk=known).first() if known is not None else None
    version = train_model(run=run, job=job, parent=parent, share=(0.0, 1.0))
    return {"model": version.number}


def train_model(
    *, run: Run, job: JobContext, parent: ModelVersion | None, share: tuple[float, float]
) -> ModelVersion:
    """Train the run's recipe, resuming from its checkpoint; `share` is this training's part of the job's progress.

    Raises PermanentFailure with the toolkit's explanation for data or recipes that can't be trained.
    """
    kept = ModelVersion.objects.filter(run=run).first()
    if kept is not None:
        return kept
    from learning.toolkit.data import DataError
    from learning.toolkit.train import TrainError
    from learning.toolkit.weights import ModelFileError

    try:
        return _train(run, job, parent, share)
    except (DataError, TrainError, ModelFileError) as error:
        raise PermanentFailure(str(error)) from None


def _train(run: Run, job: JobContext, parent: ModelVersion | None, share: tuple[float, float]) -> ModelVersion:
    from learning.services.examples import examples_of
    from learning.services.keeping import keep_model
    from learning.toolkit.processes import processes_here

    recipe = validated(run.recipe)
    use_processors(recipe)
    low, high = share

    def at(fraction: float, message: str, seconds_left: float | None = None) -> None:
        job.progress(low + (high - low) * fraction, message, seconds_left=seconds_left)

    at(0.0, "Reading pixels")
    examples = examples_of(
        run.snapshot, recipe, progress=lambda f: at(0.2 * f, "Reading pixels"), log=job.log
    )
    if examples is None:
        raise PermanentFailure("The snapshot holds no image that a network can read.")
    pseudo = examples_of(run.snapshot, recipe, pseudo=True) if recipe.pseudolabels.weight > 0 else None
    parts = recipe.evaluation.parts(len(set(examples.patients)))
    trainings = parts + (parts > 1)  # the last one on everything
    outcome = _fit(
        run, job, examples, recipe, on_epoch=_reporter(run, job, at, trainings), should_stop=job.should_stop,
        extra=pseudo, init_state=start_file(recipe, parent), processes=processes_here(),
    )
    job.check()
    at(0.92, "Judging the model")
    write_held_out(held_out_path(run), examples, outcome)
    return keep_model(run=run, job=job, recipe=recipe, examples=examples, outcome=outcome, parent=parent)


def _fit(run: Run, job: JobContext, examples: Examples, recipe: Recipe, **how: Any) -> Outcome:
    """Go on from the run's checkpoint; one that cannot be used costs time, not the run."""
    from learning.toolkit.checkpoint import CheckpointError
    from learning.toolkit.crossfit import fit_by_evaluation

    folder = run_folder(run)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return fit_by_evaluation(examples, recipe, workdir=folder, resume=True, **how)
    except CheckpointError:
        job.log("The checkpoint is damaged or belongs to other data; training starts afresh.")
        return fit_by_evaluation(examples, recipe, workdir=folder, resume=False, **how)


def run_folder(run: Run) -> Path:
    """Where the run keeps its checkpoint and its held-out predictions."""
    return Path(settings.HOME) / "runs" / str(run.pk)


def held_out_path(run: Run) -> Path:
    return run_folder(run) / "held_out.csv"


def use_processors(recipe: Recipe) -> None:
    """All of them for large networks; one for the small one, whose layers are too small to be shared out.

    On a busy machine two threads that wait for each other took it several times as long as one.
    """
    import os

    import torch

    torch.set_num_threads(1 if recipe.network.name == "small_cnn" else max(1, os.cpu_count() or 1))


def _reporter(run: Run, job: JobContext, at: Any, trainings: int) -> Any:
    def on_epoch(fold: int, report: Any) -> None:
        part = report.epoch / max(1, report.epochs) if report.done is None else report.done
        share = (fold + part) / trainings
        if report.inner:  # chooses something for the training itself, and is no point of its curve
            at(0.2 + 0.7 * share, report.inner)
            return
        values = report.as_dict() | {"fold": fold}
        with job.fenced():
            RunEpoch.objects.update_or_create(
                run=run, epoch=1000 * fold + report.epoch, defaults={"values": values}
            )
        for note in report.notes:
            job.log(note)
        which = f" of training {fold + 1} of {trainings}" if trainings > 1 else ""
        left = report.seconds_left + (trainings - fold - 1) * report.seconds * report.epochs
        at(0.2 + 0.7 * share, f"Epoch {report.epoch} of {report.epochs}{which}", left)

    return on_epoch


def write_held_out(path: Path, examples: Examples, outcome: Outcome) -> None:
    """Predictions on patients that the predicting model had not seen, one row per image and repeat."""
    partial = path.with_suffix(".partial")
    with partial.open("w", newline="") as file:
        writer = csv.writer(file)
        columns = [name for code in examples.findings for name in (f"{code}", f"{code}_target")]
        writer.writerow(["sop_uid", "patient", "fold", "repeat", *columns])
        for row, probabilities, fold, repeat in zip(
            outcome.rows, outcome.probabilities, outcome.folds, outcome.repeats, strict=True
        ):
            cells: list[object] = []
            for column, probability in enumerate(probabilities):
                target = examples.targets[row, column]
                cells += [f"{probability:.6f}", "" if target != target else f"{target:g}"]
            writer.writerow([examples.keys[row], examples.patients[row], int(fold), int(repeat), *cells])
    partial.replace(path)


def card_of(version: ModelVersion) -> ModelCard:
    from learning.services.gate import model_path
    from learning.toolkit.export import read_card

    return read_card(model_path(version))
