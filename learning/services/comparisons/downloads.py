"""A comparison as files to take along: held-out predictions, and the table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from annotation.selectors.unaided import studies_read_unaided
from core.errors import NotFound
from core.models import User
from imaging.models import Instance
from learning.models import Comparison
from learning.selectors.comparisons import ArmRow, arm_rows
from learning.services.comparisons.files import finished_cells, rows_of

NOTICE = "Research use only"


def predictions_for(*, user: User, comparison: Comparison, arms: Sequence[int] = ()) -> bytes:
    """CSV of all finished cells, less the images of studies that this person is yet to read unaided.

    Raises NotFound while nothing is finished.
    """
    cells = finished_cells(comparison, arms)
    if not cells:
        raise NotFound("There are no held-out predictions yet. They are written as trainings end.")
    unread = studies_read_unaided(user=user, project=comparison.project)
    left_out = Instance.objects.filter(series__study__in=unread).values_list("sop_uid", flat=True)
    return _csv(rows_of(cells, without=left_out))


def table_of(comparison: Comparison) -> bytes:
    """CSV: a line for every arm, then for every finding of it, with what it was compared with."""
    head = [
        "arm", "finding", "auroc", "auroc_low", "auroc_high", "against", "difference", "low", "high", "p", "p_holm",
        "verdict", "margin", "cases", "patients", "seeds", "folds", "cases_to_decide", "minutes", "differs_in",
        "left_out", "snapshot", "note",
    ]
    lines = [head]
    for row in arm_rows(comparison):
        lines += [_line(comparison, row), *_finding_lines(row)]
    return _csv(lines)


def _line(comparison: Comparison, row: ArmRow) -> list[str]:
    judged, against = row.judged or {}, row.against or {}
    seeds = len(judged["seeds"]) if judged else 0
    told = [against.get(key) for key in ("delta", "low", "high", "p", "p_holm")]
    results = comparison.results or {}
    return [
        row.arm.name, "mean", *_estimate(judged.get("auroc")), str(against.get("control", "")),
        *(_number(value) for value in told), row.verdict, f"{comparison.margin:g}", str(results.get("n", "")),
        str(results.get("n_patients", "")), str(seeds), str(comparison.folds),
        str(against.get("cases_to_decide") or ""), f"{row.seconds / 60:.2f}", "; ".join(d.field for d in row.differs),
        str(results.get("left_out", {}).get(row.arm.name, 0)), comparison.snapshot.hash, NOTICE,
    ]


def _finding_lines(row: ArmRow) -> list[list[str]]:
    judged, against = row.judged or {}, row.against or {}
    return [
        [row.arm.name, code, *_estimate(one), str(against.get("control", "")),
         *_estimate(against.get("per_finding", {}).get(code)), *[""] * 13, NOTICE]
        for code, one in judged.get("per_finding", {}).items()
    ]


def _estimate(one: dict[str, float | None] | None) -> list[str]:
    return [_number((one or {}).get(key)) for key in ("value", "low", "high")]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
