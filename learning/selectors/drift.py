"""Are the project's new images still like those that a model learned from?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from core.errors import Invalid
from learning.models import ModelVersion, Prediction

if TYPE_CHECKING:
    from learning.toolkit.drift import Drift


def drift_of(version: ModelVersion) -> Drift:
    """Embeddings of the images it learned from against those of studies that came after its snapshot.

    Raises Invalid with what is missing: the model has to have predicted at least 20 patients of each.
    """
    from learning.toolkit.data import DataError
    from learning.toolkit.drift import drift

    snapshot = version.run.snapshot
    learned = set(snapshot.rows.exclude(origin="pseudo").values_list("instance_id", flat=True))
    known = Prediction.objects.filter(model_version=version, embedding__isnull=False)
    after = known.exclude(instance__in=learned).filter(instance__series__study__created_at__gt=snapshot.created_at)
    try:
        return drift(_embeddings(known.filter(instance__in=learned)), _embeddings(after))
    except DataError as error:
        raise Invalid(str(error)) from None


def _embeddings(predictions: QuerySet[Prediction]) -> npt.NDArray[np.float64]:
    """One image per patient: images of one patient are no independent sample."""
    from learning.toolkit.drift import one_per_patient

    rows = list(
        predictions.order_by("instance_id").values_list("instance__series__study__patient_id", "embedding")
    )
    chosen = one_per_patient([str(patient) for patient, _ in rows])
    vectors = [np.frombuffer(rows[row][1] or b"", dtype="<f2").astype(np.float64) for row in chosen]
    return np.stack(vectors) if vectors else np.empty((0, 1))
