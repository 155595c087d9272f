"""Rows of finished training, with figures that the toolkit itself computed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from django.utils import timezone

from annotation.models import ReservedSet, Worklist
from core.models import Project
from learning.models import Iteration, Loop, ModelVersion, Run, RunEpoch, Snapshot, SnapshotRow
from learning.recipe import PRESETS
from learning.toolkit.comparison import compare
from learning.toolkit.evaluation import evaluate
from learning.toolkit.export import STATEMENT
from workers.models import Job

CODES = ("nodule", "effusion")


def _cases(quality: float, *, n: int = 60, positives: bool = True) -> tuple[Any, Any, list[str]]:
    """Probabilities N x 2 that separate the targets by `quality` standard deviations."""
    generator = np.random.default_rng(3)
    targets = generator.integers(0, 2, (n, 2)) * (1 if positives else 0)
    odds = generator.normal(size=(n, 2)) + quality * (targets - 0.5)
    return 1 / (1 + np.exp(-odds)), targets.astype(float), [f"P{i}" for i in range(n)]


@lru_cache
def gate_metrics(quality: float = 1.5, *, positives: bool = True) -> dict[str, Any]:
    """As learning.services.keeping writes them."""
    probabilities, targets, patients = _cases(quality, positives=positives)
    found = evaluate(probabilities, targets, findings=CODES, patients=patients, replicates=60)
    return found.as_dict() | {"simulated_readers": True, "points": None}


@lru_cache
def comparison(better: float, worse: float) -> dict[str, Any]:
    first, targets, patients = _cases(better)
    second, _, _ = _cases(worse)
    return compare(first, second, targets, findings=CODES, patients=patients, replicates=60).as_dict()


def make_job(project: Project, state: str = "done", **fields: Any) -> Job:
    ended = {} if state in ("queued", "running") else {"finished_at": timezone.now()}
    if state == "running":
        ended = {"lease_expires_at": timezone.now()}
    known = {"kind": "learning.train", "project": project, "label": "Train quick", "state": state}
    return Job.objects.create(**(known | ended | fields))


def make_run(project: Project, *, state: str = "done", metrics: dict[str, Any] | None = None, **fields: Any) -> Run:
    """A run; one that is done has epochs and, unless others are given, metrics on gate and held-out cases."""
    findings = [{"code": code, "name": code.capitalize(), "definition_hash": "", "kind": "binary"} for code in CODES]
    counts = {code: {"present": 9, "absent": 21} for code in CODES} | {"rows": {"verified": 30}}
    snapshot = Snapshot.objects.create(project=project, hash="ab" * 32, findings=findings, counts=counts)
    job = fields.pop("job", None) or make_job(project, state)
    if state == "done" and metrics is None:
        metrics = {"gate": gate_metrics(), "held_out": gate_metrics(0.5) | {"calibrated": True}}
    run = Run.objects.create(
        project=project, job=job, snapshot=snapshot, recipe=PRESETS["quick"].model_dump(mode="json"),
        recipe_name="quick", metrics=metrics, **fields,
    )
    if state in ("done", "running"):
        RunEpoch.objects.bulk_create(
            RunEpoch(run=run, epoch=number, values=_epoch(number)) for number in (1, 2, 3)
        )
    return run


def _epoch(number: int) -> dict[str, Any]:
    return {
        "epoch": number, "epochs": 20, "fold": 0, "train_loss": 1 / number, "val_loss": 1.2 / number,
        "val_auroc": {"nodule": 0.5 + number / 20, "effusion": None}, "learning_rate": 0.001, "is_best": True,
        "seconds": 0.1,
    }


def make_model(run: Run, number: int = 1, state: str = "champion") -> ModelVersion:
    metrics = run.metrics or {}
    card = {
        "statement": STATEMENT, "n_images": 30, "n_patients": 30, "metrics": metrics, "temperatures": [1.1, 0.9],
        "points": [{"threshold": 0.4, "rule": "youden", "n": 60}] * 2, "lineage": {"run": run.pk},
    }
    return ModelVersion.objects.create(
        project=run.project, number=number, run=run, state=state, path=f"models/run-{run.pk}.safetensors",
        sha256="cd" * 32, findings=list(CODES), card=card, gate=metrics.get("gate"),
    )


def label(run: Run, study: Any, source: str) -> None:
    """One verified row of the run's snapshot."""
    instance = study.series.first().instances.first()
    SnapshotRow.objects.create(
        snapshot=run.snapshot, instance=instance, patient=study.patient, sop_uid=instance.sop_uid, origin="verified",
        targets={"nodule": 1.0}, sources={"nodule": source},
    )


def make_loop(project: Project, worklist: Worklist, **fields: Any) -> Loop:
    ReservedSet.objects.get_or_create(project=project, purpose="gate", defaults={"seed": 1})
    known = {"worklist": worklist, "recipe": {}, "is_running": True, "started_at": timezone.now()}
    return Loop.objects.create(project=project, **(known | fields))


def make_turns(loop: Loop) -> tuple[Iteration, Iteration]:
    """A first teacher, and a student that beat it; with a random arm."""
    project = loop.project
    teacher = make_model(make_run(project, purpose="teacher"), 1, "retired")
    student = make_model(make_run(project, purpose="student"), 2, "champion")
    gate = {k: gate_metrics()[k] for k in ("macro_auroc", "n", "n_patients", "simulated_readers")} | {"findings": {}}
    first = Iteration.objects.create(
        loop=loop, number=0, state="done", job=teacher.run.job, run=teacher.run, challenger=teacher, gate=gate,
        promoted=True, labels_spent=30,
    )
    second = Iteration.objects.create(
        loop=loop, number=1, state="done", job=student.run.job, run=student.run, champion=teacher, challenger=student,
        gate=gate, comparison=comparison(2.5, 0.2), promoted=True, labels_spent=40,
        control={"macro_auroc": gate["macro_auroc"], "n": 60, "labels_spent": 40, "model": 3,
                 "comparison": comparison(1.0, 1.0)},
    )
    return first, second
