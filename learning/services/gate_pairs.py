"""Judging models of change on the gate set: whole patients are reserved, so their earlier studies are there too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from annotation.models import Finding
from annotation.selectors.answers import Answer, reserved_answers
from core.models import Project
from learning.models import SnapshotRow
from learning.services.gate import ReservedCases, Table
from learning.services.images import images_of, pixels_of
from learning.services.pair_images import pair_images
from learning.services.pairs import pairs_of
from learning.toolkit.tasks import finding_of

VALUES = {"present": 1.0, "absent": 0.0}


def reserved_pairs(project: Project, purpose: str, columns: Sequence[str]) -> tuple[ReservedCases, list[SnapshotRow]]:
    """Pairs of answered studies of a reserved set as cases, and the rows that name their images; in one order."""
    codes = [finding_of(column) for column in columns]
    answers = {key: one for key, one in reserved_answers(project=project, purpose=purpose).items() if key[1] in codes}
    rows = pairs_of(_rows(project, answers), list(Finding.objects.filter(project=project, code__in=codes)))
    targets = np.array([[row.targets.get(code, np.nan) for code in codes] for row in rows], np.float64)
    cases = ReservedCases(
        [row.instance.series.study_id for row in rows], [row.patient.pseudonym for row in rows],
        targets.reshape(len(rows), len(codes)), bool(answers) and all(one.is_simulated for one in answers.values()),
    )
    return cases, rows


def judge_pairs(rows: Sequence[SnapshotRow], model: Any, card: Any) -> Table:
    """N x F calibrated probabilities of being worse."""
    from learning.toolkit.prediction import predict

    if not rows:
        return np.zeros((0, len(card.findings)))
    images = pair_images(rows, pixels_of([row.instance for row in rows], model.input), card.recipe)
    return np.asarray(card.calibrated(predict(model, images, mc_passes=0).probabilities), np.float64)


def _rows(project: Project, answers: dict[tuple[int, str], Answer]) -> list[SnapshotRow]:
    said: dict[int, list[Answer]] = defaultdict(list)
    for (study, _), answer in answers.items():
        if answer.state in VALUES:
            said[study].append(answer)
    return [
        SnapshotRow(
            instance=instance, patient=instance.series.study.patient, sop_uid=instance.sop_uid, origin="verified",
            targets={one.finding: VALUES[one.state] for one in said[study]},
            observations={one.finding: list(one.observations) for one in said[study]},
            sources={one.finding: ", ".join(one.sources) for one in said[study]},
            grades={one.finding: one.grade for one in said[study] if one.grade is not None},
        )
        for study, instances in images_of(project, said).items() for instance in instances
    ]
