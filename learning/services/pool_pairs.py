"""What a model of change says of the pool: each image that has an earlier one of its patient and view."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from imaging.models import Instance
from learning.models import ModelVersion, Prediction, SnapshotRow
from learning.services.gate import model_path
from learning.services.images import pixels_of
from learning.services.pair_images import pair_images
from learning.services.pairs import earlier_of, images_with_earlier


def predicted_changes(
    *, version: ModelVersion, instances: Iterable[Instance], done: set[int], progress: Any = lambda fraction: None
) -> list[Prediction]:
    """Predictions, not saved, of the images that have an earlier one among `instances`; answered or not, but dated.

    done  primary keys of the images that are predicted already.
    """
    rows = [row for row in _pairs(instances) if row.instance_id not in done]
    if not rows:
        return []
    from learning.toolkit.export import load_model
    from learning.toolkit.prediction import predict
    from learning.toolkit.uncertainty import entropy

    model, card = load_model(model_path(version))
    images = pair_images(rows, pixels_of([row.instance for row in rows], model.input, progress), card.recipe)
    raw = predict(model, images, mc_passes=0)
    probabilities = np.asarray(card.calibrated(raw.probabilities), np.float64)
    unsure = entropy(probabilities)
    return [
        Prediction(
            model_version=version, instance=row.instance,
            probabilities={c: round(float(p), 5) for c, p in zip(card.findings, probabilities[n], strict=True)},
            uncertainty={c: round(float(u), 5) for c, u in zip(card.findings, unsure[n], strict=True)},
            embedding=raw.embeddings[n].astype("<f2").tobytes(),
        )
        for n, row in enumerate(rows)
    ]


def _pairs(instances: Iterable[Instance]) -> list[SnapshotRow]:
    rows = [SnapshotRow(instance=one, patient=one.series.study.patient, sop_uid=one.sop_uid) for one in instances]
    for found in images_with_earlier(rows):
        found.row.earlier = earlier_of(found.earlier.instance, found.here, found.before)
    return [row for row in rows if row.earlier]
