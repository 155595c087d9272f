"""What learning removes and marks when a patient is withdrawn (invariant 8)."""

from __future__ import annotations

import csv
from datetime import timedelta
from functools import partial

from django.db import transaction

from annotation.services.masks import drop_unused
from imaging.models import Patient
from learning.models import Comparison, ModelVersion, PredictedMask, Prediction, Run, Snapshot, SnapshotRow
from learning.services.comparisons.files import strike
from learning.services.runs import held_out_path


def forget_patient(patient: Patient) -> None:
    """Predictions with masks and embeddings go; snapshots with the patient, and models that learned it, are marked.

    Runs inside the transaction of the withdrawal; files are rewritten once it is committed.
    """
    predictions = Prediction.objects.filter(instance__series__study__patient=patient)
    masks = list(PredictedMask.objects.filter(prediction__in=predictions).values_list("mask_id", flat=True).distinct())
    predictions.delete()
    transaction.on_commit(partial(drop_unused, only=masks, older_than=timedelta(0)))
    snapshots = Snapshot.objects.filter(rows__patient=patient).distinct()
    Snapshot.objects.filter(pk__in=list(snapshots.values_list("pk", flat=True))).update(has_withdrawn_patients=True)
    runs = list(Run.objects.filter(snapshot__rows__patient=patient).distinct())
    _mark(set(ModelVersion.objects.filter(run__in=runs).values_list("pk", flat=True)))
    for run in runs:
        transaction.on_commit(partial(_strike, run, patient.pseudonym))
    for comparison in Comparison.objects.filter(snapshot__rows__patient=patient).distinct():
        transaction.on_commit(partial(strike, comparison, patient.pseudonym))


def _mark(models: set[int]) -> None:
    """These models, and those that started from their weights."""
    while models:
        ModelVersion.objects.filter(pk__in=models).update(used_withdrawn_patients=True)
        students = ModelVersion.objects.filter(parent__in=models, used_withdrawn_patients=False)
        models = set(students.values_list("pk", flat=True))


def _strike(run: Run, pseudonym: str) -> None:
    """Rewrite the run's held-out predictions without the patient's rows."""
    path = held_out_path(run)
    if not path.exists():
        return
    with path.open(newline="") as file:
        header, *rows = list(csv.reader(file))
    column = header.index("patient")
    unfinished = path.with_suffix(".partial")
    with unfinished.open("w", newline="") as file:
        csv.writer(file).writerows([header, *(row for row in rows if row[column] != pseudonym)])
    unfinished.replace(path)


def follow_merge(keep: Patient, other: Patient) -> None:
    """Rows of snapshots name the patient who stays; a snapshot's hash covers images and targets, not patients."""
    SnapshotRow.objects.filter(patient=other).update(patient=keep)
