"""Are the project's new images still like those that a model learned from?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from core.errors import Invalid
from learning.models import ModelVersion, Prediction
from learning.selectors.groups import groups_of_images

if TYPE_CHECKING:
    from learning.toolkit.drift import Drift
    from learning.toolkit.mix import Mix


@dataclass(frozen=True)
class NewImages:
    """What new images look like to the network, and where they come from: sex, age, view, scanner, site."""

    drift: Drift
    mixes: list[Mix]


def drift_of(version: ModelVersion) -> NewImages:
    """The images it learned from against those of studies that came after its snapshot, one image per patient.

    Raises Invalid with what is missing: the model has to have predicted at least 20 patients of each.
    """
    from learning.toolkit.data import DataError
    from learning.toolkit.drift import drift
    from learning.toolkit.mix import mixes

    snapshot = version.run.snapshot
    learned = set(snapshot.rows.exclude(origin="pseudo").values_list("instance_id", flat=True))
    known = Prediction.objects.filter(model_version=version, embedding__isnull=False)
    after = known.exclude(instance__in=learned).filter(instance__series__study__created_at__gt=snapshot.created_at)
    (before, old), (later, new) = (_one_each(side) for side in (known.filter(instance__in=learned), after))
    try:
        return NewImages(drift(before, later), mixes(groups_of_images(old), groups_of_images(new)))
    except DataError as error:
        raise Invalid(str(error)) from None


def _one_each(predictions: QuerySet[Prediction]) -> tuple[npt.NDArray[np.float64], list[str]]:
    """Embeddings and UIDs of one image per patient: images of one patient are no independent sample."""
    from learning.toolkit.drift import one_per_patient

    rows = list(
        predictions.order_by("instance_id").values_list(
            "instance__series__study__patient_id", "embedding", "instance__sop_uid"
        )
    )
    chosen = one_per_patient([str(row[0]) for row in rows])
    vectors = [np.frombuffer(rows[row][1] or b"", dtype="<f2").astype(np.float64) for row in chosen]
    return np.stack(vectors) if vectors else np.empty((0, 1)), [rows[row][2] for row in chosen]
