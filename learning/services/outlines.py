"""Masks that a segmentation model suggests: predicted for the pool, kept as hashed blobs, shown beside suggestions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from django.db import transaction

from annotation.geometry import runs
from annotation.services.masks import packed_runs
from core import audit
from core.errors import Invalid
from core.models import Project, User
from imaging.models import Instance, Split, Study
from learning.models import ModelVersion, PredictedMask, Prediction
from learning.services.gate import model_path
from learning.services.images import images_of, left_out_told, pixels_of, usable
from learning.services.kept_outlines import FROM, Outlines, keep_outlines
from workers.engine import JobContext, defer
from workers.models import Job

KIND = "learning.outline"
AT_ONCE, VOLUMES_AT_ONCE = 64, 4


def outliner_of(project: Project) -> ModelVersion | None:
    """The model whose masks are suggested."""
    return ModelVersion.objects.filter(project=project, suggests_masks=True).first()


def start_outlining(*, version: ModelVersion, user: User) -> Job:
    """Suggest this model's masks from now on, in place of any other's, and outline the pool in a job.

    Once more: outlines what came since. Raises Invalid for a model that makes no masks, or learned from a patient who
    was withdrawn.
    """
    if version.card["recipe"]["targets"].get("kind") != "segmentation":
        raise Invalid(f"Model {version.number} names findings and outlines none; train one for segmentation.")
    if version.used_withdrawn_patients:
        raise Invalid(f"Model {version.number} learned from a patient who was withdrawn; train it again without.")
    with transaction.atomic():
        suggest_from(version, user)
        return _outline_later(version, user)


def suggest_from(version: ModelVersion, user: User | None) -> None:
    """This model's masks in place of any other's; `user` is None where the loop's rule decided."""
    models = ModelVersion.objects.filter(project=version.project)
    models.filter(suggests_masks=True).exclude(pk=version.pk).update(suggests_masks=False)
    models.filter(pk=version.pk).update(suggests_masks=True)
    audit.record("masks.suggested", actor=user, project=version.project, subject=f"model:{version.number}")


def stop_outlining(*, version: ModelVersion, user: User) -> None:
    """No model's masks are suggested any more; what was accepted stays the readers'."""
    with transaction.atomic():
        if ModelVersion.objects.filter(pk=version.pk, suggests_masks=True).update(suggests_masks=False):
            audit.record("masks.no-longer-suggested", actor=user, project=version.project,
                         subject=f"model:{version.number}")


def _outline_later(version: ModelVersion, user: User | None) -> Job:
    return defer(
        KIND, payload={"model": version.pk}, project=version.project, user=user,
        label=f"Outline the pool with model {version.number}", dedupe_key=f"outline:{version.pk}",
    )


def execute_outlining(*, job: JobContext) -> dict[str, Any]:
    """The handler's work; running it again does what is left."""
    version = ModelVersion.objects.select_related("project").get(pk=job.payload["model"])
    made = outline_pool(
        version=version, fenced=job.fenced, check=job.check,
        progress=lambda share: job.progress(share, "Outlining the pool"),
    )
    return {"model": version.number, "images": made}


def outline_pool(
    *, version: ModelVersion, fenced: Any = transaction.atomic, check: Callable[[], None] = lambda: None,
    progress: Callable[[float], None] = lambda share: None, log: Callable[[str], None] = lambda line: None,
) -> int:
    """Predict the masks of every pool image or series that has none of this model yet; returns how many.

    log  hears which series can't be seen as the model wants them, and why.
    """
    studies = Study.objects.filter(
        projects=version.project, patient__split__in=[Split.POOL, Split.UNASSIGNED], patient__withdrawn_at=None
    ).values_list("pk", flat=True)
    done = set(Prediction.objects.filter(model_version=version).values_list("instance_id", flat=True))
    images = images_of(version.project, studies)
    waiting = [i for instances in images.values() for i in instances if i.pk not in done and i.frames == 1]
    if not waiting:
        return 0
    from learning.toolkit.export import load_model

    model, card = load_model(model_path(version))
    todo, left_out = usable(waiting, model.input)
    if left_out:
        log(left_out_told(left_out.values(), volumes=model.input.is_volume))
    at_once = VOLUMES_AT_ONCE if model.input.is_volume else AT_ONCE
    for start in range(0, len(todo), at_once):
        check()
        part = todo[start : start + at_once]
        made = _outlined(model, part, card.findings)
        with fenced():
            for one in made:
                keep_outlines(version, one)
        progress((start + len(part)) / len(todo))
    return len(todo)


def _outlined(model: Any, instances: Sequence[Instance], findings: Sequence[str]) -> list[Outlines]:
    from learning.toolkit.segment.predict import outline_batches
    from learning.toolkit.segment.uncertainty import outline_entropy

    made = []
    for batch in outline_batches(model, pixels_of(instances, model.input)):
        unsure = outline_entropy(batch.probabilities, threshold=FROM)
        for n, row in enumerate(batch.rows):
            made.append(Outlines(
                instances[row], tuple(findings), batch.probabilities[n], unsure[n], batch.embeddings[n]
            ))
    return made


def with_masks(suggestions: list[dict[str, Any]], *, study: Study, project: Project) -> list[dict[str, Any]]:
    """Suggestions with the outliner's masks: beside the champion's word "present", alone where it has no word.

    A champion that holds a finding absent is not contradicted by a mask.
    """
    version = outliner_of(project)
    if version is None:
        return suggestions
    found: dict[str, list[PredictedMask]] = defaultdict(list)
    masks = PredictedMask.objects.filter(
        prediction__model_version=version, prediction__instance__series__study=study
    ).select_related("prediction", "mask")
    for mask in masks.order_by("prediction__instance_id"):
        found[mask.finding].append(mask)
    told = [
        one | {"boxes": [], "masks": [_told(mask, version) for mask in found[one["finding"]]]}
        if one["state"] == "present" and one["finding"] in found else one
        for one in suggestions
    ]
    named = {one["finding"] for one in suggestions}
    return told + [_alone(version, code, own) for code, own in sorted(found.items()) if code not in named]


def _told(mask: PredictedMask, version: ModelVersion) -> dict[str, Any]:
    return {
        "id": f"k{mask.pk}", "instance_id": mask.prediction.instance_id, "frame": 0, "blob": mask.mask.sha256,
        "rows": mask.rows, "columns": mask.columns, "area": mask.area, "probability": mask.probability,
        "how": "segmentation", "model": f"model {version.number}",
    }


def _alone(version: ModelVersion, code: str, masks: list[PredictedMask]) -> dict[str, Any]:
    return {
        "id": f"m{version.pk}-{code}", "finding": code, "calibrated": False, "state": "present",
        "probability": round(float(np.mean([mask.probability for mask in masks])), 3),
        "model": f"model {version.number}", "threshold": FROM, "boxes": [], "has_map": False,
        "masks": [_told(mask, version) for mask in masks],
    }


def with_runs(shown: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """Suggestions as they were shown, each mask with its run lengths; one whose file is gone is left out."""
    if shown is None:
        return None
    return [one | {"masks": [m for mask in one["masks"] if (m := _with_runs(mask))]} if "masks" in one else one
            for one in shown]


def _with_runs(mask: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return mask | {"rle": runs.to_text(packed_runs(str(mask["blob"])))}
    except FileNotFoundError:
        return None
