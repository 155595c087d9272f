"""Confident predictions as a batch of pseudolabels: one act, one source, undone by one withdrawal."""

from __future__ import annotations

import numpy as np
from django.db import transaction

from annotation.models import Batch, Finding, ReadingVersion
from annotation.services.ledger import Line, get_source, open_batch, record_observations, withdraw_batch
from imaging.models import Split, Study
from learning.models import Loop, ModelVersion, Prediction
from learning.toolkit.tasks import presence_columns


def write_pseudolabels(*, loop: Loop, version: ModelVersion, seed: int) -> tuple[Batch | None, list[int]]:
    """Replace the loop's batch; returns it (None when the teacher is sure of nothing) and the studies to audit.

    Confidence means something only on calibrated probabilities: a teacher without a calibration set labels nothing.
    """
    from learning.toolkit.semi import select_pseudolabels

    studies, probabilities = study_probabilities(version, exclude=read_studies(loop))
    with transaction.atomic():
        for earlier in Batch.objects.filter(project=loop.project, act="pseudolabel", withdrawn_at=None):
            withdraw_batch(batch=earlier, user=None, note="replaced by a newer teacher's")
        if not studies or loop.pseudolabel_weight <= 0 or version.card.get("temperatures") is None:
            return None, []
        selection = select_pseudolabels(
            probabilities, thresholds=thresholds_of(loop, version), max_per_class=cap_per_class(len(studies)),
            audited_share=loop.audited_share, generator=np.random.default_rng(seed),
        )
        if not len(selection.rows):
            return None, []
        source = get_source(project=loop.project, kind="model", name=f"model {version.number}")
        note = f"threshold {loop.pseudolabel_threshold}"
        batch = open_batch(project=loop.project, source=source, act="pseudolabel", note=note)
        findings = {f.code: f for f in Finding.objects.filter(project=loop.project)}
        by_pk = Study.objects.in_bulk([studies[r] for r in selection.rows])
        record_observations(batch=batch, lines=[
            Line(
                findings[code], by_pk[studies[row]], "present" if selection.targets[row, column] == 1 else "absent",
                probability=float(probabilities[row, column]),
            )
            for row in selection.rows for code, column in presence_columns(version.findings).items()
            if not np.isnan(selection.targets[row, column])
        ])
    return batch, [studies[r] for r in np.flatnonzero(selection.audited)]


def cap_per_class(pool: int) -> int:
    """At most a quarter of the pool on each side of a finding, so that the teacher's word stays the smaller part."""
    return max(10, pool // 4)


def thresholds_of(loop: Loop, version: ModelVersion) -> list[float]:
    """Present from this probability on, absent down to its complement; one per finding of the model."""
    return [float(loop.pseudolabel_thresholds.get(code, loop.pseudolabel_threshold)) for code in version.findings]


def read_studies(loop: Loop) -> set[int]:
    """Studies that a reader has answered in this project, the control arm's readings aside."""
    from learning.services.snapshots import RANDOM_ARM

    versions = ReadingVersion.objects.filter(reading__project=loop.project).exclude(
        reading__reader__username=RANDOM_ARM
    )
    return set(versions.values_list("reading__item__study_id", flat=True))


def study_probabilities(
    version: ModelVersion, *, exclude: set[int]
) -> tuple[list[int], np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    """Pool studies with this model's probabilities, mean over a study's images."""
    rows = Prediction.objects.filter(
        model_version=version, instance__series__study__patient__split=Split.POOL,
        instance__series__study__patient__is_quarantined=False, instance__series__study__patient__withdrawn_at=None,
        embedding__isnull=False,
    ).values_list("instance__series__study_id", "probabilities")
    by_study: dict[int, list[list[float]]] = {}
    for study, probabilities in rows:
        if study not in exclude:
            by_study.setdefault(study, []).append([probabilities[c] for c in version.findings])
    studies = sorted(by_study)
    if not studies:
        return [], np.zeros((0, len(version.findings)))
    return studies, np.array([np.mean(by_study[s], axis=0) for s in studies])
