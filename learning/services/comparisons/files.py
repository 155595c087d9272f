"""Held-out predictions of a comparison as files: one per cell, put together for judging and for download."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from learning.models import Comparison, ComparisonCell

if TYPE_CHECKING:
    from learning.toolkit.data import Examples, Floats

HEAD = ("arm", "seed", "sop_uid", "patient", "fold")


def comparison_folder(comparison_id: int) -> Path:
    return Path(settings.HOME) / "comparisons" / str(comparison_id)


def cell_path(cell: ComparisonCell) -> Path:
    return comparison_folder(cell.arm.comparison_id) / f"arm-{cell.arm.number}-seed-{cell.seed}-fold-{cell.fold}.csv"


def work_folder(cell: ComparisonCell) -> Path:
    """Checkpoints of a cell that is being trained; gone when it is finished."""
    return cell_path(cell).with_suffix("")


def keep_predictions(cell: ComparisonCell, held: Examples, probabilities: Floats) -> None:
    """Write the cell's file whole or not at all; one row per image."""
    path = cell_path(cell)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{cell.job_id}.partial")
    with partial.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        columns = [name for code in held.findings for name in (code, f"{code}_target")]
        writer.writerow(["sop_uid", "patient", *columns])
        for row, predicted in enumerate(probabilities):
            cells: list[str] = []
            for probability, target in zip(predicted, held.targets[row], strict=True):
                cells += [f"{probability:.7f}", "" if target != target else f"{target:g}"]
            writer.writerow([held.keys[row], held.patients[row], *cells])
    partial.replace(path)
    shutil.rmtree(work_folder(cell), ignore_errors=True)


def rows_of(cells: Iterable[ComparisonCell], *, without: Iterable[str] = ()) -> Iterator[list[str]]:
    """A head, then the rows of all these cells with arm, seed and fold in front, less the images `without`."""
    left_out, has_head = set(without), False
    for cell in cells:
        with cell_path(cell).open(newline="") as file:
            head, *rows = csv.reader(file)
        if not has_head:
            has_head = True
            yield [*HEAD, *head[2:]]
        for uid, patient, *rest in rows:
            if uid.partition(":")[0] not in left_out:
                yield [cell.arm.name, str(cell.seed), uid, patient, str(cell.fold), *rest]


def finished_cells(comparison: Comparison, arms: Sequence[int] = ()) -> list[ComparisonCell]:
    """With their arm; of these arm numbers, all unless some are named."""
    cells = ComparisonCell.objects.filter(arm__comparison=comparison, finished_at__isnull=False)
    if arms:
        cells = cells.filter(arm__number__in=arms)
    return [cell for cell in cells.select_related("arm") if cell_path(cell).exists()]


def strike(comparison: Comparison, pseudonym: str) -> None:
    """Rewrite every file without this patient's rows."""
    for cell in finished_cells(comparison):
        path = cell_path(cell)
        with path.open(newline="") as file:
            head, *rows = csv.reader(file)
        partial = path.with_suffix(".struck")
        with partial.open("w", newline="") as file:
            kept = [row for row in rows if row[1] != pseudonym]
            csv.writer(file, lineterminator="\n").writerows([head, *kept])
        partial.replace(path)
