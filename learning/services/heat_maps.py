"""Heat maps of the champion's predictions: coarse, few, and gone with the next champion, so that they stay bounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from learning.models import Explanation, HeatMap, ModelVersion, Prediction

LIKELY = 0.2
"""A map is kept where the finding is at least this probable; elsewhere there is no evidence to show."""
MOST_PER_IMAGE = 5
LONGEST_SIDE = 32
"""Cells. With five maps an image takes 5 KiB at most."""
Floats = npt.NDArray[np.floating]


def heat_maps_of(
    *, findings: Sequence[str], probabilities: Floats, maps: Floats, place: tuple[float, float, float, float]
) -> list[HeatMap]:
    """Unsaved maps of one image's likeliest findings.

    maps   findings x h x w activations.
    place  x, y, w, h of what they cover, in pixels of the image.
    """
    x, y, w, h = place
    likely = [n for n in np.argsort(probabilities)[::-1][:MOST_PER_IMAGE] if probabilities[n] >= LIKELY]
    made = []
    for n in likely:
        cells = scaled(small(np.asarray(maps[n], np.float64)))
        if cells is not None:
            rows, columns = cells.shape
            made.append(HeatMap(
                finding=findings[n], rows=rows, columns=columns, x=x, y=y, w=w, h=h, values=cells.tobytes()
            ))
    return made


def small(activation: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """… x h x w, averaged over whole blocks until it fits."""
    step = -(-max(activation.shape[-2:]) // LONGEST_SIDE)
    rows, columns = (side // step * step for side in activation.shape[-2:])
    blocks = activation[..., :rows, :columns].reshape(*activation.shape[:-2], rows // step, step, columns // step, step)
    return np.asarray(blocks.mean(axis=(-3, -1)))


def scaled(activation: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8] | None:
    """0 to 255 within its own range; None for a flat map: it points nowhere."""
    low, high = float(activation.min()), float(activation.max())
    if not np.isfinite([low, high]).all() or high - low < 1e-6:
        return None
    return np.rint((activation - low) / (high - low) * 255).astype(np.uint8)


def keep_heat_maps(*, version: ModelVersion, made: dict[int, list[HeatMap]]) -> None:
    """Keep them by instance, and drop those of every other model of the project, also what readers asked for."""
    for kind in (HeatMap, Explanation):
        of_others = kind.objects.filter(prediction__model_version__project=version.project_id)
        of_others.exclude(prediction__model_version=version).delete()
    predictions = dict(Prediction.objects.filter(
        model_version=version, instance__in=made
    ).values_list("instance_id", "pk"))
    rows = []
    for instance, maps in made.items():
        for one in maps:
            one.prediction_id = predictions[instance]
            rows.append(one)
    HeatMap.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def heat_maps_for(*, suggestion: dict[str, Any], study_id: int) -> list[HeatMap]:
    """Maps of the model that made this suggestion, as it was shown; empty when a later champion took its place."""
    model = str(suggestion["id"]).partition("-")[0].removeprefix("m")
    found = HeatMap.objects.filter(
        prediction__model_version=int(model) if model.isdigit() else 0, finding=suggestion["finding"],
        prediction__instance__series__study=study_id,
    )
    return list(found.select_related("prediction").order_by("prediction__instance_id"))
