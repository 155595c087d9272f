"""A model's word on the pool, and what of it is shown as a suggestion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Prefetch

from core.models import Project
from imaging.models import Instance, Split, Study
from learning.models import HeatMap, ModelState, ModelVersion, Prediction
from learning.recipe_parts import InputPart
from learning.selectors.headline import task_of
from learning.services.evidence import Evidence, evidence_of
from learning.services.gate import model_path
from learning.services.heat_maps import keep_heat_maps
from learning.services.images import images_of, left_out_told, pixels_of, usable
from learning.services.outlines import with_masks
from learning.services.pool_pairs import predicted_changes
from learning.services.suggested import Word, mean_probabilities, words_of
from learning.services.taught_boxes import box_head_of
from learning.toolkit.tasks import presence_columns


def predict_pool(
    *, version: ModelVersion, fenced: Any = transaction.atomic,
    progress: Callable[[float], None] = lambda fraction: None, log: Callable[[str], None] = lambda line: None,
) -> int:
    """Predict every pool image of the project that this model has not predicted yet; returns how many.

    Of a model of change, those that have an earlier image of the patient.

    log  hears which images or series can't be seen as the model wants them, and why.
    """
    studies = Study.objects.filter(
        projects=version.project, patient__split__in=[Split.POOL, Split.UNASSIGNED], patient__withdrawn_at=None
    ).values_list("pk", flat=True)
    done = set(Prediction.objects.filter(model_version=version).values_list("instance_id", flat=True))
    images = images_of(version.project, studies)
    if task_of(version) == "progression":
        known = [i for instances in images.values() for i in instances]
        changes = predicted_changes(version=version, instances=known, done=done, progress=progress)
        with fenced():
            Prediction.objects.bulk_create(changes, batch_size=200, ignore_conflicts=True)
        return len(changes)
    waiting = [i for instances in images.values() for i in instances if i.pk not in done]
    input = _input_of(version)
    todo, left_out = usable(waiting, input)
    if left_out:
        log(left_out_told(left_out.values(), volumes=input.is_volume))
    if not todo:
        return 0
    rows, heat = _predict(version, todo, progress)
    with fenced():
        Prediction.objects.bulk_create(rows, batch_size=200, ignore_conflicts=True)
        keep_heat_maps(version=version, made=heat)
    return len(rows)


def _input_of(version: ModelVersion) -> InputPart:
    from learning.toolkit.export import read_card

    return read_card(model_path(version)).recipe.input


def _predict(
    version: ModelVersion, instances: Sequence[Instance], progress: Any
) -> tuple[list[Prediction], dict[int, list[HeatMap]]]:
    """Predictions, and by instance the maps of what is likely on it."""
    from learning.toolkit.export import load_model
    from learning.toolkit.prediction import predict
    from learning.toolkit.uncertainty import entropy

    model, card = load_model(model_path(version))
    pixels = pixels_of(instances, model.input, progress)
    raw = predict(model, pixels, mc_passes=0)
    probabilities = np.asarray(card.calibrated(raw.probabilities), np.float64)
    uncertainty = entropy(probabilities)
    head = box_head_of(version, model)
    shown = _of_findings(evidence_of(model, pixels, instances, card.findings, probabilities, head), card.findings)
    return [
        Prediction(
            model_version=version, instance=instance,
            probabilities={c: round(float(p), 5) for c, p in zip(card.findings, probabilities[n], strict=True)},
            uncertainty={c: round(float(u), 5) for c, u in zip(card.findings, uncertainty[n], strict=True)},
            boxes=shown.boxes.get(n, []), embedding=raw.embeddings[n].astype("<f2").tobytes(),
        )
        for n, instance in enumerate(instances)
    ], shown.maps


def _of_findings(evidence: Evidence, columns: Sequence[str]) -> Evidence:
    """Where there is any of a finding; where a higher grade is, or none of them, is no answer to show."""
    names = {columns[place]: code for code, place in presence_columns(columns).items()}
    boxes = {
        row: [box | {"finding": names[box["finding"]]} for box in found if box["finding"] in names]
        for row, found in evidence.boxes.items()
    }
    maps = {pk: [one for one in found if one.finding in names] for pk, found in evidence.maps.items()}
    for one in (one for found in maps.values() for one in found):
        one.finding = names[one.finding]
    return Evidence(boxes, maps)


def champion_of(project: Project) -> ModelVersion | None:
    return ModelVersion.objects.filter(project=project, state=ModelState.CHAMPION).first()


def suggestions_for(*, study: Study, project: Project) -> list[dict[str, Any]]:
    """What the champion suggests for a study: one entry per finding it knows; with masks where a model outlines.

    The caller decides whether they may be shown (annotation.services.readings.may_see_suggestions).
    """
    champion = champion_of(project)
    if champion is None or task_of(champion) == "segmentation":
        return with_masks([], study=study, project=project)
    predictions = list(
        Prediction.objects.filter(model_version=champion, instance__series__study=study)
        .select_related("instance").prefetch_related(Prefetch("heat_maps", HeatMap.objects.defer("values")))
    )
    if not predictions:
        return with_masks([], study=study, project=project)
    calibrated = champion.card.get("temperatures") is not None
    means = mean_probabilities(champion.findings, [p.probabilities for p in predictions])
    return with_masks(
        [_suggestion(champion, word, predictions, calibrated) for word in words_of(champion, means)],
        study=study, project=project,
    )


def _suggestion(
    champion: ModelVersion, word: Word, predictions: list[Prediction], calibrated: bool
) -> dict[str, Any]:
    code = word.finding
    boxes = [
        {"id": f"p{p.pk}-{code}-{n}", "instance_id": box.get("instance_id", p.instance_id), "frame": 0,
         **{k: box[k] for k in ("x", "y", "w", "h", "probability", "how")}}
        for p in predictions for n, box in enumerate(p.boxes) if box["finding"] == code and word.is_present
    ]
    levels = {"levels": word.levels} if word.levels else {}
    return {
        "id": f"m{champion.pk}-{code}", "finding": code, "probability": round(word.probability, 3),
        "calibrated": calibrated, "state": "present" if word.is_present else "absent",
        "model": f"model {champion.number}", "threshold": word.threshold, "boxes": boxes,
        "grade": word.grade, **levels,
        "has_map": any(one.finding == code for p in predictions for one in p.heat_maps.all()),
    }
