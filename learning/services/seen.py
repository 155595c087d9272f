"""What a model has learned from, as hashes that travel with it: its rows and those of the models it started from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imaging.models import Instance
from learning.models import ModelVersion, Run, SnapshotRow
from learning.services.images import pixels_of

if TYPE_CHECKING:
    from learning.toolkit.fingerprints import TrainingPrint


def training_print(*, run: Run, parent: ModelVersion | None, size: int) -> TrainingPrint:
    """Images (by UID and by pixels at `size`) and patients: verified and pseudolabelled rows, and all ancestors'."""
    from learning.toolkit.fingerprints import TrainingPrint

    rows = [row for one in _lineage(run, parent) for row in _rows(one)]
    present = Instance.objects.in_bulk({row.instance_id for row in rows})
    images = pixels_of(present.values(), size)
    return TrainingPrint.of(
        keys={row.sop_uid for row in rows}, patients={row.patient.pseudonym for row in rows},
        images=images[np.arange(len(present))] if present else None,
    )


def _lineage(run: Run, parent: ModelVersion | None) -> list[Run]:
    runs = [run]
    while parent is not None:
        runs.append(parent.run)
        parent = parent.parent
    return runs


def _rows(run: Run) -> list[SnapshotRow]:
    rows = SnapshotRow.objects.filter(snapshot=run.snapshot_id).select_related("patient")
    uses_pseudolabels = float(run.recipe.get("pseudolabels", {}).get("weight", 0.0)) > 0
    return list(rows if uses_pseudolabels else rows.exclude(origin="pseudo"))
