"""Labels and boxes that come with imported images become lines of the ledger, under the source that gave them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from annotation.models import Finding, Observation, Region, Source, SourceKind
from annotation.services.ledger import Line, get_source, open_batch, record_observations
from annotation.services.reserve import note_change
from annotation.services.schema import create_finding
from core.errors import Invalid
from core.models import Project, User
from imaging.models import ImportBatch, Instance, Study

STATES = {"1": "present", "1.0": "present", "0": "absent", "0.0": "absent", "-1": "equivocal", "-1.0": "equivocal"}
STRENGTH = ("absent", "equivocal", "present")
"""Images of one study may be labelled one by one: what is present on one of them is present in the study."""
_TRACKS = uuid.UUID("6a1d1a3c-6f0f-4f7c-8c60-0d8b1a2f9a51")
_TOLERANCE = 1.0  # pixels by which a rounded box may lie outside its image


def parse_source(text: str) -> tuple[str, str]:
    """`reader:anna` → ("reader", "anna"); empty → unknown. Raises Invalid naming the known kinds."""
    kind, _, name = (text or "unknown:unknown").partition(":")
    if kind not in SourceKind.values:
        raise Invalid(f"{kind!r} is no kind of source; known: {', '.join(SourceKind.values)}. Write e.g. reader:anna.")
    return kind, (name or "unknown")[:120]


def check_columns(batch: ImportBatch, columns: Iterable[str]) -> None:
    """Before anything is imported: every column is a finding or may become one. Raises Invalid naming it if not."""
    parse_source(str(batch.options.get("source", "")))
    may_create = batch.options.get("create_findings", True)
    known = known_findings(batch.project)
    for column in sorted(columns):
        if finding_key(column) in known or (may_create and slugify(column)):
            continue
        raise Invalid(
            f"The project has no finding {column[:80]!r}. Add it, or map the columns that are findings.", column=column
        )


def label_sink(batch: ImportBatch, label_rows: Sequence[Any], box_rows: Sequence[Any]) -> dict[str, int]:
    """Write the rows that say something new; the same file twice writes nothing. Returns counts.

    Rows carry `instance`, and `values` (finding → 1 / 0 / -1 / empty) or `finding, x, y, w, h`.
    """
    kind, name = parse_source(str(batch.options.get("source", "")))
    user = User.objects.filter(username=name).first() if kind == "reader" else None
    with transaction.atomic():
        source = get_source(project=batch.project, kind=kind, name=name, user=user)
        findings = _findings(batch, label_rows, box_rows)
        sound = [row for row in box_rows if _geometry(row) is not None]
        boxes = _box_lines(batch, findings, sound)
        lines = _without_withdrawn([*_study_lines(findings, label_rows, sound), *boxes])
        fresh = _withoutknown_findings(source, lines)
        if fresh:
            written = open_batch(project=batch.project, source=source, act="import", user=batch.created_by)
            record_observations(batch=written, lines=fresh)
            if kind == "reader":
                note_change(project=batch.project, studies={line.study.pk for line in fresh})
    return {
        "lines": len(fresh), "unchanged": len(lines) - len(fresh), "boxes_outside_image": len(box_rows) - len(sound),
    }


def finding_key(text: str) -> str:
    """`Pleural Effusion`, `pleural_effusion` and `pleural-effusion` are one finding."""
    return slugify(text).replace("_", "-") or text.strip().lower()


def known_findings(project: Project) -> dict[str, Finding]:
    """Findings by name and code; a merged one's name leads to what it was merged into."""
    known: dict[str, Finding] = {}
    for finding in Finding.objects.filter(project=project, state="merged").select_related("merged_into"):
        assert finding.merged_into is not None
        known[finding_key(finding.code)] = known[finding_key(finding.name)] = finding.merged_into
    for finding in Finding.objects.filter(project=project).exclude(state="merged"):
        known[finding_key(finding.code)] = known[finding_key(finding.name)] = finding
    return known


def _findings(batch: ImportBatch, label_rows: Sequence[Any], box_rows: Sequence[Any]) -> dict[str, Finding]:
    """Unknown columns become findings unless the uploader said otherwise."""
    known = known_findings(batch.project)
    columns = {c for row in label_rows for c in row.values} | {row.finding for row in box_rows}
    check_columns(batch, columns)
    for column in sorted(columns):
        key = finding_key(column)
        if key not in known:
            known[key] = create_finding(project=batch.project, user=batch.created_by, name=column.strip()[:80])
    return known


def _study_lines(findings: dict[str, Finding], rows: Sequence[Any], box_rows: Sequence[Any]) -> list[Line]:
    """One line per study and finding: the strongest answer of its images. A box says that the finding is there."""
    said: dict[tuple[int, int], Line] = {}

    def say(column: str, instance: Instance, state: str) -> None:
        line = Line(findings[finding_key(column)], instance.series.study, state)
        before = said.get((line.study.pk, line.finding.pk))
        if before is None or STRENGTH.index(before.state) < STRENGTH.index(state):
            said[(line.study.pk, line.finding.pk)] = line

    for row in rows:
        for column, value in row.values.items():
            state = STATES.get(str(value).strip())
            if state is not None:
                say(column, row.instance, state)
    for box in box_rows:
        say(box.finding, box.instance, "present")
    return list(said.values())


def _geometry(row: Any) -> dict[str, float] | None:
    """The box within its image; None when it lies outside.

    Files count from the image's edge (COCO's way), regions from the centre of the first pixel.
    """
    right, bottom = row.x + row.w, row.y + row.h
    rows, columns = row.instance.rows, row.instance.columns
    if min(row.x, row.y) < -_TOLERANCE or right > columns + _TOLERANCE or bottom > rows + _TOLERANCE:
        return None
    left, top = max(0.0, row.x), max(0.0, row.y)
    width, height = min(right, columns) - left, min(bottom, rows) - top
    return {"x": left - 0.5, "y": top - 0.5, "w": width, "h": height} if width > 0 and height > 0 else None


def _box_lines(batch: ImportBatch, findings: dict[str, Finding], rows: Sequence[Any]) -> list[Line]:
    """A box keeps its track over re-imports, so that it is the same box."""
    lines: dict[uuid.UUID, Line] = {}
    for row in rows:
        finding, geometry = findings[finding_key(row.finding)], _geometry(row)
        track = uuid.uuid5(_TRACKS, f"{batch.project_id}:{row.instance.sop_uid}:{finding.pk}:{geometry}")
        region, _ = Region.objects.get_or_create(
            track=track, project=batch.project, instance=row.instance, defaults={"geometry": geometry}
        )
        lines[track] = Line(finding, row.instance.series.study, "present", region=region)
    return list(lines.values())


def _without_withdrawn(lines: Sequence[Line]) -> list[Line]:
    """A withdrawn patient's labels may stand in an old file still; nothing is said about them any more."""
    studies = {line.study.pk for line in lines}
    present = set(Study.objects.filter(pk__in=studies, patient__withdrawn_at=None).values_list("pk", flat=True))
    return [line for line in lines if line.study.pk in present]


def _withoutknown_findings(source: Source, lines: Sequence[Line]) -> list[Line]:
    """Lines that differ from what the last import under this source said.

    What its reader has said since, in the reading room, is not undone by importing the old file once more.
    """
    studies = {line.study.pk for line in lines}
    imported = Observation.objects.filter(
        source=source, study__in=studies, batch__act="import", batch__withdrawn_at=None
    ).order_by("id")
    last = {(f, s, subject): state for f, s, subject, state in imported.values_list(
        "finding_id", "study_id", "subject", "state"
    )}
    return [line for line in lines if last.get(line.key) != line.state]
