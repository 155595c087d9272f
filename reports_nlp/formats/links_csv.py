"""Links between words of reports and marks as CSV: text version and span, image and place, measurement and unit.

row, column   middle of the mark's bounding box in image pixels, 0 = centre of the first pixel; of planes, empty
x, y, z       middle of the mark's corners on a plane through a volume, in mm of the patient; else empty
now_start     where the same words stand in the newest version of the text; empty where that is in doubt
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.db.models import QuerySet

from annotation.formats.kept import Kept
from annotation.formats.labels_csv import harmless
from annotation.formats.selection import NOTICE, Selection
from annotation.geometry.outlines import bounding
from annotation.models import Region
from annotation.selectors.unaided import studies_read_unaided
from imaging.models import Split
from reports_nlp.models import ReportLink
from reports_nlp.selectors.reader_links import current_links, newest_of
from reports_nlp.stages.anchoring import anchored

COLUMNS = [
    "study_uid", "patient", "report", "version", "start", "end", "quote", "newest_version", "now_start", "now_end",
    "finding", "track", "kind", "series_uid", "sop_uid", "frame", "column", "row", "x", "y", "z", "measure", "value",
    "unit", "spacing", "reader", "reading", "reading_version", "linked_at", "notice",
]
PRINCIPAL = ("length_mm", "long_mm", "area_mm2", "width_mm")
"""The first of these that a mark measures is its measurement."""


def export_links(selection: Selection) -> Iterator[bytes]:
    """UTF-8 with a header. Only links of submitted readings that count now; they are readers' alone."""
    kept = Kept()
    yield _line(COLUMNS)
    if "reader" not in selection.kinds:
        return
    for link in _links(selection).iterator(chunk_size=500):
        yield _line(_row(link, kept))


def _links(selection: Selection) -> QuerySet[ReportLink]:
    links = current_links(project=selection.project).filter(report__study__patient__withdrawn_at=None)
    if not selection.with_test:
        links = links.exclude(report__study__patient__split=Split.TEST)
    if selection.taken_by is not None:
        hidden = studies_read_unaided(user=selection.taken_by, project=selection.project)
        links = links.exclude(report__study__in=hidden)
    return links.select_related(
        "report__study__patient", "region__instance__series", "region__series", "created_by",
        "reading_version__reading",
    ).defer("region__instance__metadata", "region__instance__frame_table").order_by("report__study_id", "start", "pk")


def _row(link: ReportLink, kept: Kept) -> list[object]:
    region, version, report = link.region, link.reading_version, link.report
    assert region is not None
    assert version is not None
    assert report.study is not None
    newest = newest_of(report)
    now = anchored(before=report.text, start=link.start, end=link.end, now=newest.text) or ("", "")
    finding = region.observations.filter(batch=version.batch_id).values_list("finding__code", flat=True).first()
    series = region.instance.series if region.instance is not None else region.series
    return [
        report.study.uid, report.study.patient.pseudonym, report.pk, report.version, link.start, link.end, link.quote,
        newest.version, *now, finding, link.track, region.kind, "" if series is None else series.uid,
        "" if region.instance is None else region.instance.sop_uid, region.frame, *_place(region, kept),
        *_measurement(region, kept), "" if link.created_by is None else link.created_by.username, version.reading_id,
        version.number, "" if link.linked_at is None else link.linked_at.isoformat(), NOTICE,
    ]


def _place(region: Region, kept: Kept) -> list[object]:
    if region.instance_id is None:
        points = region.geometry["points"]
        return ["", "", *(round(sum(point[axis] for point in points) / len(points), 3) for axis in range(3))]
    x, y, w, h = bounding(region.kind, region.geometry, kept.runs(region))
    return [round(x + w / 2, 3), round(y + h / 2, 3), "", "", ""]


def _measurement(region: Region, kept: Kept) -> list[object]:
    found = kept.measures(region)
    name = next((name for name in PRINCIPAL if name in found), None)
    if name is None:
        return [""] * 4
    measure, _, unit = name.rpartition("_")
    return [measure, found[name], {"mm": "mm", "mm2": "mm²"}[unit], found.get("spacing", "")]


def _line(values: list[object] | list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow([harmless(value) for value in values])
    return text.getvalue().encode()
