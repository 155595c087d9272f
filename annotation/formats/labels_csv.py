"""Every current line as a row of CSV: nothing is aggregated, so nothing is lost."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from annotation.formats.selection import NOTICE, Selection

COLUMNS = [
    "study_uid", "patient", "split", "finding", "state", "value", "grade", "laterality", "probability", "source",
    "simulated", "subject", "sop_uid", "frame", "x", "y", "w", "h", "definition_hash", "recorded_at", "notice",
]
VALUES = {"present": "1", "absent": "0", "equivocal": "-1"}


def export_csv(selection: Selection) -> Iterator[bytes]:
    """UTF-8 with a header; `value` is CheXpert's 1 / 0 / -1; boxes count from the image's left and top edge."""
    yield _row(COLUMNS)
    for current in selection.lines().iterator(chunk_size=500):
        line, region = current.observation, current.observation.region
        box = region.geometry if region is not None else {}
        yield _row([
            current.study.uid, current.study.patient.pseudonym, current.study.patient.split, current.finding.code,
            line.state, VALUES.get(line.state, ""), "" if line.grade is None else line.grade, line.laterality,
            "" if line.probability is None else line.probability, str(current.source), int(current.source.is_simulated),
            current.subject, region.instance.sop_uid if region is not None else "",
            region.frame if region is not None else "",
            *(box[k] + 0.5 if k in ("x", "y") and k in box else box.get(k, "") for k in ("x", "y", "w", "h")),
            line.definition_hash[:12], line.created_at.isoformat(), NOTICE,
        ])


def _row(values: list[object] | list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow([_harmless(value) for value in values])
    return text.getvalue().encode()


def _harmless(value: object) -> object:
    """A cell that begins like a formula is quoted, so that a spreadsheet does not run it. -1 is a value."""
    is_formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) and value != "-1"
    return f"'{value}" if is_formula else value
