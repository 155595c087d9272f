"""A snapshot as arrays for the toolkit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from imaging.models import Instance
from learning.models import Snapshot, SnapshotRow
from learning.services.images import left_out_told, pixels_of, usable
from learning.services.marked_parts import training_parts
from learning.services.mask_rows import mask_examples
from learning.services.pair_images import pair_images
from learning.services.study_views import rows_by_study
from learning.services.task_rows import asked_in, encoded
from learning.toolkit.tasks import columns_of, finding_of

if TYPE_CHECKING:
    from learning.recipe import Recipe
    from learning.toolkit.data import Examples


def examples_of(
    snapshot: Snapshot, recipe: Recipe, *, pseudo: bool = False, progress: Any = lambda fraction: None,
    log: Callable[[str], None] = lambda line: None,
) -> Examples | None:
    """Verified and imported rows, or the pseudolabelled ones; None when there are none of them.

    log  hears which images or series can't be seen as the recipe wants, and why. Raises DataError if all of them.
    """
    from learning.toolkit.data import Examples
    from learning.toolkit.studies import of_studies

    rows = SnapshotRow.objects.filter(snapshot=snapshot).select_related("patient")
    rows = rows.filter(origin="pseudo") if pseudo else rows.exclude(origin="pseudo")
    chosen = list(rows.order_by("sop_uid", "origin"))
    if not chosen:
        return None
    kind = recipe.targets.kind
    if kind == "segmentation":
        return None if pseudo else mask_examples(
            chosen, [f["code"] for f in snapshot.findings], recipe.input, progress, log
        )
    chosen, instances = _usable(chosen, recipe, log)
    targets, weights, columns = _table(snapshot, chosen, recipe)
    if recipe.input.volume == "views":  # a study is one example, carried by its first image
        groups = rows_by_study(instances, [row.origin for row in chosen])
        targets, weights = of_studies(targets, weights, groups)
        chosen, instances = [chosen[rows[0]] for rows in groups], [instances[rows[0]] for rows in groups]
    parts = training_parts(snapshot, instances, recipe.input) if recipe.input.region == "crop" else None
    images = pixels_of(instances, recipe.input, progress, parts)
    if kind == "progression":
        images = pair_images(chosen, images, recipe)
    return Examples.of(
        images, targets, weights=weights, patients=[row.patient.pseudonym for row in chosen], findings=columns,
        keys=[f"{row.sop_uid}:{row.origin}" if row.origin == "imported" else row.sop_uid for row in chosen],
        uncertain=recipe.targets.uncertain,
    )


def answers_of(snapshot: Snapshot, recipe: Recipe) -> tuple[list[str], Any]:
    """Patient of every labelled row, whatever the recipe's input can see, and N x F targets: 1, 0, NaN for the rest.

    Reads no pixels. For single images: neither pairs nor masks.
    """
    rows = list(SnapshotRow.objects.filter(snapshot=snapshot).exclude(origin="pseudo").select_related("patient")
                .order_by("sop_uid", "origin"))
    return [row.patient.pseudonym for row in rows], hard(_table(snapshot, rows, recipe)[0])


def hard(targets: Any) -> Any:
    """What is judged by: 1 and 0 as they are, NaN for equivocal and not assessed."""
    return np.where((targets == 0) | (targets == 1), targets, np.float32(np.nan))


def _usable(
    rows: Sequence[SnapshotRow], recipe: Recipe, log: Callable[[str], None]
) -> tuple[list[SnapshotRow], list[Instance]]:
    """Rows that can be seen as the recipe wants, and their images. Raises DataError when there is none."""
    from learning.toolkit.data import DataError

    known = Instance.objects.select_related("series").in_bulk([row.instance_id for row in rows])
    _, left_out = usable(known.values(), recipe.input)
    told = left_out_told(left_out.values(), volumes=recipe.input.is_volume)
    kept = [row for row in rows if row.instance_id not in left_out]
    if not kept:
        raise DataError(f"No image can be used. {told} Change input.volume or input.spacing_mm in the recipe.")
    if told:
        log(told)
    return kept, [known[row.instance_id] for row in kept]


def _table(snapshot: Snapshot, rows: Sequence[SnapshotRow], recipe: Recipe) -> tuple[Any, Any, tuple[str, ...]]:
    """Targets (NaN where not known, -1 equivocal), weights, and the names of the columns."""
    part, asked = recipe.targets, asked_in(snapshot.findings)
    columns = columns_of(part.kind, asked, none_class=part.none_class)
    targets = np.full((len(rows), len(columns)), np.nan, np.float32)
    weights = np.ones_like(targets)
    for number, row in enumerate(rows):
        for column, value in encoded(part.kind, asked, row, none_class=part.none_class).items():
            place = columns.index(column)
            targets[number, place] = value
            weights[number, place] = row.weights.get(finding_of(column), 1.0)
    return targets, weights, columns
