"""Judging models on reserved sets: readers' answers only, whole studies, patients kept together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from annotation.selectors.answers import reserved_answers
from core.models import Project
from imaging.models import Study
from learning.models import ModelVersion
from learning.services.images import images_of, pixels_of, usable
from learning.toolkit.tasks import Said, encode_columns

if TYPE_CHECKING:
    from learning.toolkit.calibrate import OperatingPoint
    from learning.toolkit.export import ModelCard

Table = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ReservedCases:
    """Studies of a reserved set with readers' answers: targets N x F with NaN where nobody (certainly) answered."""

    studies: list[int]
    patients: list[str]
    targets: Table
    simulated: bool


def reserved_cases(project: Project, purpose: str, findings: Sequence[str]) -> ReservedCases:
    """Empty when the set was not drawn or not read. `findings` are a model's columns, whatever its kind of task."""
    answers = reserved_answers(project=project, purpose=purpose)
    studies = sorted({study for study, _ in answers})
    patients = dict(Study.objects.filter(pk__in=studies).values_list("pk", "patient__pseudonym"))
    targets = np.full((len(studies), len(findings)), np.nan)
    said: dict[int, dict[str, Said]] = defaultdict(dict)
    for (study, code), answer in answers.items():
        if answer.state in ("present", "absent"):
            said[study][code] = Said(float(answer.state == "present"), answer.grade)
    for number, study in enumerate(studies):
        for column, value in encode_columns(findings, said[study]).items():
            targets[number, list(findings).index(column)] = value
    simulated = bool(answers) and all(a.is_simulated for a in answers.values())
    return ReservedCases(studies, [patients[s] for s in studies], targets, simulated)


def reserved_studies(project: Project, purpose: str) -> list[int]:
    """All studies of the set, read or not; none where it was not drawn."""
    held = Study.objects.filter(
        reserved_in__reserved_set__project=project, reserved_in__reserved_set__purpose=purpose,
        patient__is_quarantined=False,
    )
    return list(held.order_by("pk").values_list("pk", flat=True))


def model_path(version: ModelVersion) -> Path:
    return Path(settings.HOME) / version.path


def predict_studies(project: Project, studies: Sequence[int], model: Any, card: Any) -> tuple[list[int], Table]:
    """Calibrated probabilities of the studies that have a usable image, mean over a study's images: n x F."""
    from learning.toolkit.prediction import predict

    images = {study: usable(instances, model.input)[0] for study, instances in images_of(project, studies).items()}
    with_images = [study for study in studies if images.get(study)]
    instances = [i for study in with_images for i in images[study]]
    owners = np.array([n for n, study in enumerate(with_images) for _ in images[study]], np.int64)
    if not instances:
        return [], np.zeros((0, len(card.findings)))
    raw = predict(model, pixels_of(instances, model.input)).probabilities
    calibrated = np.asarray(card.calibrated(raw), np.float64)
    sums = np.zeros((len(with_images), calibrated.shape[1]))
    np.add.at(sums, owners, calibrated)
    return with_images, sums / np.bincount(owners, minlength=len(with_images))[:, None]


def judge_on(
    project: Project, cases: ReservedCases, model: Any, card: Any
) -> tuple[Table, Table, list[str]]:
    """Probabilities, targets and patients of the reserved cases that have images."""
    kept, probabilities = predict_studies(project, cases.studies, model, card)
    rows = [cases.studies.index(study) for study in kept]
    return probabilities, cases.targets[rows], [cases.patients[r] for r in rows]


def operating_points(card: ModelCard) -> tuple[list[OperatingPoint], str]:
    """The card's thresholds and which cases they come from; 0.5 where the card has none."""
    from learning.toolkit.calibrate import OperatingPoint

    if card.points is None:
        return [OperatingPoint(0.5, "youden", 0)] * len(card.findings), "no calibration case: 0.5 stands in"
    reason = None if card.temperatures is not None else card.points[0].reason
    return list(card.points), reason or "the calibration cases"
