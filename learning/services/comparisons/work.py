"""What the jobs of a comparison do. Running twice has the effect of once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db.models import Q
from django.utils import timezone

from learning.models import ArmKind, Comparison, ComparisonCell
from learning.recipe import Recipe
from learning.selectors.comparisons import progress_of
from learning.services.comparisons.files import keep_predictions, work_folder
from learning.services.comparisons.judging import judge
from learning.services.runs import use_processors, validated
from learning.services.start_state import start_file
from workers.engine import JobContext, JobStopped, PermanentFailure, defer
from workers.engine.claims import UNFINISHED
from workers.models import Job

if TYPE_CHECKING:
    from learning.toolkit.data import Examples

CELL_KIND = "learning.compare-arm"
Folds = list[tuple[Any, Any]]


def spread(*, job: JobContext) -> dict[str, Any]:
    """One child job for every arm and seed that is not finished and that no other job is at."""
    comparison = Comparison.objects.select_related("project").get(pk=job.payload["comparison"])
    me = Job.objects.get(pk=job.id)
    with job.fenced():
        at_work = Q(job__state__in=UNFINISHED, job__cancel_requested=False)
        cells = ComparisonCell.objects.filter(arm__comparison=comparison, finished_at=None).exclude(at_work)
        groups: dict[tuple[int, int], list[int]] = {}
        for cell in cells.select_related("arm").order_by("seed", "arm__number", "fold"):
            groups.setdefault((cell.arm_id, cell.seed), []).append(cell.pk)
        names = dict(comparison.arms.values_list("pk", "name"))
        for (arm, seed), members in groups.items():
            child = defer(
                CELL_KIND, payload={"comparison": comparison.pk, "arm": arm, "seed": seed}, parent=me,
                project=comparison.project, user=job.created_by(), label=f"{names[arm]}, seed {seed}",
            )
            ComparisonCell.objects.filter(pk__in=members).update(job=child)
    now = progress_of(comparison)
    job.progress(now.share, now.sentence)
    return {"trainings": sum(map(len, groups.values()))}


def run_arm(*, job: JobContext) -> dict[str, Any]:
    """Train an arm with one seed, fold after fold; then judge what is finished and tell the parent.

    Raises PermanentFailure with the toolkit's explanation for data or recipes that can't be trained.
    """
    from learning.toolkit.data import DataError
    from learning.toolkit.train import TrainError
    from learning.toolkit.weights import ModelFileError

    comparison = Comparison.objects.select_related("snapshot", "project").get(pk=job.payload["comparison"])
    cells = ComparisonCell.objects.filter(arm=job.payload["arm"], seed=job.payload["seed"]).select_related("arm")
    todo = list(cells.filter(finished_at=None).order_by("fold"))
    try:
        if todo:
            _train_all(comparison, todo, job)
    except (DataError, TrainError, ModelFileError) as error:
        raise PermanentFailure(str(error)) from None
    judge(comparison)
    _tell(comparison, job)
    return {"trained": len(todo)}


def _train_all(comparison: Comparison, todo: list[ComparisonCell], job: JobContext) -> None:
    from learning.services.examples import examples_of

    arm = todo[0].arm
    recipe = validated(arm.recipe or {}).model_copy(update={"seed": todo[0].seed})
    use_processors(recipe)
    job.progress(0.0, "Reading pixels")
    examples = examples_of(comparison.snapshot, recipe, progress=lambda f: job.progress(0.1 * f, "Reading pixels"))
    if examples is None:
        raise PermanentFailure("The snapshot holds no image that a network can read.")
    truth = _hard_targets(comparison, recipe, examples)
    splits = _folds(comparison, recipe, examples.patients)
    for place, cell in enumerate(todo):
        share = (0.1 + 0.85 * place / len(todo), 0.1 + 0.85 * (place + 1) / len(todo))
        _train_one(cell, recipe, examples, truth, splits, job, share)
        _tell(comparison, job)


def _train_one(
    cell: ComparisonCell, recipe: Recipe, examples: Examples, truth: Any, splits: Folds, job: JobContext,
    share: tuple[float, float],
) -> None:
    from learning.toolkit.arms_train import train_and_predict, trivial_arm

    rows, held_rows = splits[cell.fold]
    if not len(held_rows):
        raise PermanentFailure(
            f"No image that is held out in fold {cell.fold + 1} can be seen as this recipe's input wants. Change its "
            "input, or compare with fewer folds."
        )
    train, held = examples.take(rows), replace(examples.take(held_rows), targets=truth[held_rows])
    began = time.perf_counter()
    low, high = share
    if cell.arm.kind == ArmKind.TRIVIAL:
        table = trivial_arm(train, held, recipe)
        seconds = time.perf_counter() - began
    else:
        def on_epoch(report: Any) -> None:
            part = report.epoch / max(1, report.epochs)
            job.progress(low + (high - low) * part, f"Fold {cell.fold + 1}, epoch {report.epoch} of {report.epochs}")

        done = train_and_predict(
            train, held, recipe, workdir=work_folder(cell), init_state=start_file(recipe, cell.arm.parent),
            on_epoch=on_epoch, should_stop=job.should_stop,
        )
        if done is None:
            raise JobStopped
        table, seconds = done.probabilities, max(done.seconds, time.perf_counter() - began)
    cell.job_id = job.id
    keep_predictions(cell, held, table)
    with job.fenced():
        ComparisonCell.objects.filter(pk=cell.pk, finished_at=None).update(finished_at=timezone.now(), seconds=seconds)


def _folds(comparison: Comparison, recipe: Recipe, patients: Sequence[str]) -> Folds:
    """Rows to train on and held-out rows of each fold. A patient's fold is drawn on the whole snapshot, so it is the
    same for every arm, also where an arm cannot see some of the images."""
    from learning.services.examples import answers_of
    from learning.toolkit.splits import grouped_kfold

    everybody, answers = answers_of(comparison.snapshot, recipe)
    fold_of: dict[str, int] = {}
    drawn = grouped_kfold(everybody, answers, k=comparison.folds, seed=comparison.split_seed)
    for fold, (_, held) in enumerate(drawn):
        fold_of |= {everybody[row]: fold for row in held}
    mine = np.array([fold_of[patient] for patient in patients])
    return [(np.flatnonzero(mine != fold), np.flatnonzero(mine == fold)) for fold in range(comparison.folds)]


def _hard_targets(comparison: Comparison, recipe: Recipe, examples: Examples) -> Any:
    """What held-out rows are judged by, whatever the arm makes of equivocal answers: 1, 0, or NaN."""
    from learning.services.examples import examples_of, hard

    ignoring = recipe.model_copy(update={"targets": recipe.targets.model_copy(update={"uncertain": "ignore"})})
    plain = examples if ignoring == recipe else examples_of(comparison.snapshot, ignoring)
    assert plain is not None
    return hard(plain.targets)


def _tell(comparison: Comparison, job: JobContext) -> None:
    """How far the whole comparison is, on the rows of the parents that wait."""
    now = progress_of(comparison)
    job.tell_parents(
        list(comparison.jobs.values_list("pk", flat=True)), now.share, now.sentence, seconds_left=now.seconds_left
    )
