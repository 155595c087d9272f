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
from learning.services.evidence import evidence_of
from learning.services.gate import model_path
from learning.services.heat_maps import keep_heat_maps
from learning.services.images import images_of, left_out_told, pixels_of, usable


def predict_pool(
    *, version: ModelVersion, fenced: Any = transaction.atomic,
    progress: Callable[[float], None] = lambda fraction: None, log: Callable[[str], None] = lambda line: None,
) -> int:
    """Predict every pool image of the project that this model has not predicted yet; returns how many.

    log  hears which images or series can't be seen as the model wants them, and why.
    """
    studies = Study.objects.filter(
        projects=version.project, patient__split__in=[Split.POOL, Split.UNASSIGNED], patient__withdrawn_at=None
    ).values_list("pk", flat=True)
    done = set(Prediction.objects.filter(model_version=version).values_list("instance_id", flat=True))
    images = images_of(version.project, studies)
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
    from learning.toolkit.predict import predict
    from learning.toolkit.uncertainty import entropy

    model, card = load_model(model_path(version))
    pixels = pixels_of(instances, model.input, progress)
    raw = predict(model, pixels, mc_passes=0)
    probabilities = np.asarray(card.calibrated(raw.probabilities), np.float64)
    uncertainty = entropy(probabilities)
    shown = evidence_of(model, pixels, instances, card.findings, probabilities)
    return [
        Prediction(
            model_version=version, instance=instance,
            probabilities={c: round(float(p), 5) for c, p in zip(card.findings, probabilities[n], strict=True)},
            uncertainty={c: round(float(u), 5) for c, u in zip(card.findings, uncertainty[n], strict=True)},
            boxes=shown.boxes.get(n, []), embedding=raw.embeddings[n].astype("<f2").tobytes(),
        )
        for n, instance in enumerate(instances)
    ], shown.maps


def champion_of(project: Project) -> ModelVersion | None:
    return ModelVersion.objects.filter(project=project, state=ModelState.CHAMPION).first()


def suggestions_for(*, study: Study, project: Project) -> list[dict[str, Any]]:
    """What the champion suggests for a study: one entry per finding it knows; empty without a champion or prediction.

    The caller decides whether they may be shown (annotation.services.readings.may_see_suggestions).
    """
    champion = champion_of(project)
    if champion is None:
        return []
    predictions = list(
        Prediction.objects.filter(model_version=champion, instance__series__study=study)
        .select_related("instance").prefetch_related(Prefetch("heat_maps", HeatMap.objects.defer("values")))
    )
    if not predictions:
        return []
    thresholds = {c: p["threshold"] for c, p in zip(champion.findings, champion.card.get("points") or [], strict=False)}
    calibrated = champion.card.get("temperatures") is not None
    return [
        _suggestion(champion, code, predictions, thresholds.get(code, 0.5), calibrated) for code in champion.findings
    ]


def _suggestion(
    champion: ModelVersion, code: str, predictions: list[Prediction], threshold: float, calibrated: bool
) -> dict[str, Any]:
    probability = float(np.mean([p.probabilities[code] for p in predictions]))
    is_present = probability >= threshold
    boxes = [
        {"id": f"p{p.pk}-{code}-{n}", "instance_id": box.get("instance_id", p.instance_id), "frame": 0,
         **{k: box[k] for k in ("x", "y", "w", "h", "probability", "how")}}
        for p in predictions for n, box in enumerate(p.boxes) if box["finding"] == code and is_present
    ]
    return {
        "id": f"m{champion.pk}-{code}", "finding": code, "probability": round(probability, 3), "calibrated": calibrated,
        "state": "present" if is_present else "absent", "model": f"model {champion.number}", "threshold": threshold,
        "boxes": boxes, "has_map": any(one.finding == code for p in predictions for one in p.heat_maps.all()),
    }
