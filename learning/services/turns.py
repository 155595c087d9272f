"""One turn: student trained on what was corrected, judged on the gate set, promoted or not, the pool ranked anew.

Every step leaves a row, so a turn that was killed goes on where it was.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from django.utils import timezone

from annotation.models import Batch
from core.errors import DomainError
from learning.models import Iteration, Loop, Run, RunPurpose
from learning.services import control_arm
from learning.services.loops import SIMULATE, iteration_of, recipe_of
from learning.services.predictions import champion_of
from learning.services.promotion import judge, promote, reject
from learning.services.reranking import rank_with_champion
from learning.services.runs import make_run, train_model
from learning.services.snapshots import freeze_snapshot
from workers.engine import JobContext, PermanentFailure, defer
from workers.models import Job


def take_turn(*, job: JobContext) -> dict[str, Any]:
    """The handler's work. Raises what training raises; the iteration is marked failed then."""
    loop = Loop.objects.select_related("project", "worklist").get(pk=job.payload["loop"])
    iteration = iteration_of(job.id) or _open(loop, job)
    try:
        _train(loop, iteration, job)
        _judge(loop, iteration, job)
        _rank(loop, iteration, job)
        _compare_with_random(loop, iteration, job)
    except (DomainError, PermanentFailure):
        Iteration.objects.filter(pk=iteration.pk).update(state="failed", finished_at=timezone.now())
        raise
    result = {"turn": iteration.number}
    with job.fenced():
        Iteration.objects.filter(pk=iteration.pk).update(state="done", finished_at=timezone.now())
        # Ended before the rest of a simulation is queued: that asks for the next turn, and must not be given this one.
        job.finish(result)
        _go_on(loop, job)
    return result


def _open(loop: Loop, job: JobContext) -> Iteration:
    with job.fenced():
        _close_abandoned(loop)
        number = loop.iterations.aggregate(n=Max("number"))["n"]
        return Iteration.objects.create(
            loop=loop, number=0 if number is None else number + 1, job=Job.objects.get(pk=job.id),
            champion=champion_of(loop.project),
        )


def _close_abandoned(loop: Loop) -> None:
    """A turn whose process was ended could not write how it ended; its job's row says it."""
    for state in ("failed", "cancelled"):
        abandoned = loop.iterations.filter(job__state=state).exclude(state__in=["done", "failed", "cancelled"])
        abandoned.update(state=state, finished_at=timezone.now())


def _train(loop: Loop, iteration: Iteration, job: JobContext) -> None:
    recipe = recipe_of(loop)
    if iteration.run is None:
        batch = _current_pseudolabels(loop)
        with job.fenced():
            snapshot = freeze_snapshot(
                project=loop.project, pseudolabels=batch, findings=recipe.targets.findings, task=recipe.targets,
                volumes=recipe.input.is_volume,
            )
            purpose = RunPurpose.STUDENT if iteration.champion else RunPurpose.TEACHER
            iteration.run = make_run(
                project=loop.project, recipe=recipe, snapshot=snapshot, job=Job.objects.get(pk=job.id),
                user=None, purpose=purpose, recipe_name="loop",
            )
            iteration.labels_spent = _labels_spent(iteration.run)
            iteration.pseudolabels = batch
            iteration.save(update_fields=["run", "labels_spent", "pseudolabels"])
    iteration.challenger = train_model(run=iteration.run, job=job, parent=None, share=(0.0, 0.45))
    iteration.save(update_fields=["challenger"])


def _current_pseudolabels(loop: Loop) -> Batch | None:
    return Batch.objects.filter(project=loop.project, act="pseudolabel", withdrawn_at=None).order_by("-pk").first()


def _labels_spent(run: Run) -> int:
    rows = run.snapshot.rows.filter(origin="verified")
    return rows.values("instance__series__study").distinct().count()


def _judge(loop: Loop, iteration: Iteration, job: JobContext) -> None:
    if iteration.promoted is not None:
        return
    job.progress(0.46, "Judging on the gate set")
    assert iteration.challenger is not None
    decision = judge(challenger=iteration.challenger, champion=iteration.champion, loop=loop)
    with job.fenced():
        if decision.promote:
            promote(version=iteration.challenger)
        else:
            reject(version=iteration.challenger)
        iteration.state = "judging"
        iteration.gate = _figure(iteration.challenger.gate)
        iteration.comparison = decision.comparison
        iteration.promoted, iteration.decision = decision.promote, decision.sentence
        iteration.save()


def _figure(gate: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the page shows of the gate metrics."""
    if gate is None:
        return None
    common = {name: gate[name] for name in ("n", "n_patients", "simulated_readers")}
    if gate.get("kind") == "segmentation":
        outlined = {
            f["finding"]: {"dice": f["dice"], "hd95_mm": f["hd95_mm"], "n": f["n"], "n_positive": f["n_present"]}
            for f in gate["findings"]
        }
        return common | {"kind": "segmentation", "mean_dice": gate["mean_dice"], "findings": outlined}
    findings = {
        f["finding"]: {"auroc": f["auroc"], "n": f["n"], "n_positive": f["n_positive"]} for f in gate["findings"]
    }
    return common | {"macro_auroc": gate["macro_auroc"], "findings": findings}


def _rank(loop: Loop, iteration: Iteration, job: JobContext) -> None:
    if iteration.ranking_id is not None:
        return
    Iteration.objects.filter(pk=iteration.pk).update(state="ranking")
    rank_with_champion(loop=loop, iteration=iteration, job=job, start=0.5, end=0.6)


def _compare_with_random(loop: Loop, iteration: Iteration, job: JobContext) -> None:
    """Last, because readers wait for the ranking and nobody waits for the control arm."""
    if loop.has_random_arm and iteration.control_run is None and iteration.number > 0:
        iteration.control_run = control_arm.prepare(loop=loop, iteration=iteration, job=job)
        iteration.save(update_fields=["control_run"])
    control = None
    if iteration.control_run is not None:
        job.progress(0.6, "Random arm")
        control = train_model(run=iteration.control_run, job=job, parent=None, share=(0.6, 0.95))
        job.progress(0.96, "Comparing with the random arm")
    arm = control_arm.figure(control, iteration)
    with job.fenced():
        if control is not None:
            reject(version=control)
        Iteration.objects.filter(pk=iteration.pk).update(control=arm)


def _go_on(loop: Loop, job: JobContext) -> None:
    """The rest of a simulation waits for the turn before it."""
    then = Job.objects.get(pk=job.id).payload.get("then")  # may have been added while the turn was under way
    if then and then["readings"] > 0:
        defer(
            SIMULATE, payload={"loop": loop.pk, **then}, project=loop.project, user=job.created_by(),
            label=f"Simulated readers read {then['readings']} cases", dedupe_key=f"simulate:{loop.pk}",
        )
