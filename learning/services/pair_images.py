"""Both images of pairs, with covariates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from imaging.models import Instance
from learning.models import SnapshotRow
from learning.services.images import pixels_of

if TYPE_CHECKING:
    from learning.recipe import Recipe
    from learning.toolkit.pairs import PairImages


def pair_images(rows: Sequence[SnapshotRow], now: Any, recipe: Recipe) -> PairImages:
    """`now` with the earlier image of each row. Raises DataError for rows that were not frozen as pairs."""
    from learning.toolkit.data import DataError
    from learning.toolkit.pairs import PairImages

    if not all(row.earlier for row in rows):
        raise DataError("The snapshot holds single images; freeze one for targets.kind 'progression'.")
    instances = Instance.objects.in_bulk([row.earlier["instance"] for row in rows])
    before = pixels_of([instances[row.earlier["instance"]] for row in rows], recipe.input)
    names = recipe.targets.covariates
    table = [[np.nan if row.earlier.get(name) is None else float(row.earlier[name]) for name in names] for row in rows]
    return PairImages(now, before, np.asarray(table, np.float32).reshape(len(rows), len(names)), names)
