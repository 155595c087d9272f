"""A snapshot as arrays for the toolkit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from imaging.models import Instance
from learning.models import Snapshot, SnapshotRow
from learning.services.images import pixels_of

if TYPE_CHECKING:
    from learning.recipe import Recipe
    from learning.toolkit.data import Examples


def examples_of(
    snapshot: Snapshot, recipe: Recipe, *, pseudo: bool = False, progress: Any = lambda fraction: None
) -> Examples | None:
    """Verified and imported rows, or the pseudolabelled ones; None when there are none of them."""
    from learning.toolkit.data import Examples

    rows = SnapshotRow.objects.filter(snapshot=snapshot).select_related("patient")
    rows = rows.filter(origin="pseudo") if pseudo else rows.exclude(origin="pseudo")
    chosen = list(rows.order_by("sop_uid", "origin"))
    if not chosen:
        return None
    codes = [f["code"] for f in snapshot.findings]
    instances = Instance.objects.in_bulk([row.instance_id for row in chosen])
    images = pixels_of([instances[row.instance_id] for row in chosen], recipe.input.size, progress)
    targets = np.full((len(chosen), len(codes)), np.nan, np.float32)
    weights = np.ones_like(targets)
    for number, row in enumerate(chosen):
        for code, value in row.targets.items():
            targets[number, codes.index(code)] = value
            weights[number, codes.index(code)] = row.weights.get(code, 1.0)
    return Examples.of(
        images, targets, weights=weights, patients=[row.patient.pseudonym for row in chosen], findings=codes,
        keys=[f"{row.sop_uid}:{row.origin}" if row.origin == "imported" else row.sop_uid for row in chosen],
        uncertain=recipe.targets.uncertain,
    )
