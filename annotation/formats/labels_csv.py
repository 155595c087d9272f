"""Every current line as a row of CSV: nothing is aggregated, so nothing is lost.

x, y, w, h are a mark's bounding box, from the image's left and top edge; `geometry` is the mark itself, as JSON, from
the centre of the first pixel (of a mask, where its pixels lie: COCO carries them). Measures are derived from the
file's spacing; `spacing` says whether they hold in the patient or at the detector.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from annotation.formats.kept import Kept
from annotation.formats.selection import NOTICE, Selection
from annotation.geometry.order import in_order
from annotation.geometry.outlines import bounding
from annotation.models import Observation, Region

COLUMNS = [
    "study_uid", "patient", "split", "finding", "state", "value", "grade", "laterality", "probability", "source",
    "simulated", "subject", "sop_uid", "frame", "x", "y", "w", "h", "definition_hash", "recorded_at", "notice",
    "kind", "geometry", "series_uid", "location", "note", "all_marked", "length_mm", "long_mm", "short_mm", "width_mm",
    "height_mm", "area_mm2", "spacing",
]
MEASURES = COLUMNS[-7:]
VALUES = {"present": "1", "absent": "0", "equivocal": "-1"}


def export_csv(selection: Selection) -> Iterator[bytes]:
    """UTF-8 with a header; `value` is CheXpert's 1 / 0 / -1."""
    kept = Kept()
    yield _row(COLUMNS)
    for current in selection.lines().iterator(chunk_size=500):
        line, region = current.observation, current.observation.region
        yield _row([
            current.study.uid, current.study.patient.pseudonym, current.study.patient.split, current.finding.code,
            line.state, VALUES.get(line.state, ""), "" if line.grade is None else line.grade, line.laterality,
            "" if line.probability is None else line.probability, str(current.source), int(current.source.is_simulated),
            current.subject, *_image(line), *_box(region, kept), line.definition_hash[:12],
            line.created_at.isoformat(), NOTICE, *_mark(region), line.location, line.note,
            "" if line.all_marked is None else int(line.all_marked), *_measures(region, kept),
        ])


def _image(line: Observation) -> list[object]:
    """SOP UID and frame of what was marked or answered; empty for a study, a series, a plane."""
    region = line.region
    if region is not None:
        return ["", ""] if region.instance is None else [region.instance.sop_uid, region.frame]
    if line.instance is None:
        return ["", ""]
    frame = line.subject.split(":")[2:]
    return [line.instance.sop_uid, frame[0] if frame else 0]


def _box(region: Region | None, kept: Kept) -> list[object]:
    if region is None or region.instance_id is None:
        return [""] * 4
    x, y, w, h = bounding(region.kind, region.geometry, kept.runs(region))
    return [x + 0.5, y + 0.5, w, h]


def _mark(region: Region | None) -> list[object]:
    if region is None:
        return [""] * 3
    series = "" if region.series is None else region.series.uid
    return [region.kind, json.dumps(in_order(region.geometry)), series]


def _measures(region: Region | None, kept: Kept) -> list[object]:
    found = {} if region is None else kept.measures(region)
    return [found.get(name, "") for name in MEASURES]


def _row(values: list[object] | list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow([harmless(value) for value in values])
    return text.getvalue().encode()


def harmless(value: object) -> object:
    """A cell that begins like a formula is quoted, so that a spreadsheet does not run it. -1 is a value."""
    is_formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) and value != "-1"
    return f"'{value}" if is_formula else value
