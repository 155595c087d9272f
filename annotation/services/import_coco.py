"""Marks of a COCO file become lines of the ledger, under the source that is named. Our own export comes back whole."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from annotation.models import Observation, Source
from annotation.services.coco_file import CocoFile, Row, resolve
from annotation.services.content import RegionAnswer, case_bounds, check_region, parse_region
from annotation.services.import_labels import parse_source
from annotation.services.ledger import Line, get_source, open_batch, record_observations
from annotation.services.regions import regions_of
from annotation.services.reserve import note_change
from core.errors import Invalid
from core.models import Project, User
from imaging.models import Instance, Study

MOST_REFUSALS = 1000
"""Named one by one; the rest is counted."""
MOST_BYTES = 256 * 2**20


@dataclass
class CocoCounts:
    """What became of a file. `lines` were new; `refused`: the first annotations that were not taken, each with why."""

    marks: int = 0
    lines: int = 0
    unknown_images: list[str] = field(default_factory=list)
    not_taken: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, name: str, why: str) -> None:
        self.not_taken += 1
        if len(self.refused) < MOST_REFUSALS:
            self.refused.append((name, why))


def read_coco(raw: bytes) -> Any:
    """Raises Invalid for what is no JSON, or too large to be read at once."""
    if len(raw) > MOST_BYTES:
        raise Invalid(f"The file is larger than {MOST_BYTES >> 20} MB. Divide it.")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise Invalid("The file is no JSON. Choose a COCO file.") from None


def import_coco(
    *, project: Project, user: User | None, rows: Any, source: str, named: Mapping[str, Instance] | None = None
) -> CocoCounts:
    """Write what is new; the same file twice writes nothing. `source` as kind:name, e.g. reader:anna.

    Images are found by `radloop.sop_uid`, by a file name that is the SOP instance UID, else in `named`, by file name.
    Raises Invalid for a file that is no COCO; an annotation that is wrong is left out and said.
    """
    kind, name = parse_source(source)
    file, counts = resolve(project=project, rows=rows, named=named), CocoCounts()
    counts.unknown_images = file.unknown
    reader = User.objects.filter(username=name).first() if kind == "reader" else None
    with transaction.atomic():
        said_by = get_source(project=project, kind=kind, name=name, user=reader)
        fresh = _without_known(said_by, _lines(file, counts))
        counts.lines = len(fresh)
        if fresh:
            batch = open_batch(project=project, source=said_by, act="import", user=user)
            record_observations(batch=batch, lines=fresh)
            if kind == "reader":
                note_change(project=project, studies={line.study.pk for line in fresh})
    return counts


def _lines(file: CocoFile, counts: CocoCounts) -> list[Line]:
    lines: list[Line] = []
    findings = {finding.pk: finding for finding in file.findings.values()}
    for study, marks in _marks(file, counts).items():
        regions = regions_of(project=file.project, answers=list(marks.values()))
        counts.marks += len(marks)
        lines += [
            Line(
                findings[mark.finding_id], study, "present", region=regions[track], grade=mark.grade,
                laterality=mark.laterality, location=mark.location, note=mark.note,
            )
            for track, mark in marks.items()
        ]
    return [*_study_lines(file, lines), *lines]


def _marks(file: CocoFile, counts: CocoCounts) -> dict[Study, dict[uuid.UUID, RegionAnswer]]:
    """Study → track → mark; a track's first annotation stands for all its slices."""
    found: dict[Study, dict[uuid.UUID, RegionAnswer]] = defaultdict(dict)
    bounds: dict[int, Any] = {}
    for raw in file.marks():
        if raw.study.pk not in bounds:
            bounds[raw.study.pk] = case_bounds(project=file.project, study=raw.study)
        try:
            if raw.region is None:
                raise Invalid(raw.why_not)
            mark = parse_region(raw.region)
            check_region(mark, bounds[raw.study.pk])
        except Invalid as error:
            counts.refuse(raw.name, error.message)
            continue
        found[raw.study].setdefault(mark.track, mark)
    return found


def _study_lines(file: CocoFile, marks: list[Line]) -> list[Line]:
    """What the file says of a study as a whole, where its sources agree; what is marked is present."""
    said: dict[tuple[int, int], Line] = {}
    by_code = {finding.code: finding for finding in file.findings.values()}
    for study, row in file.studies().items():
        for code, state, all_marked in _answers(row):
            if code in by_code:
                line = Line(by_code[code], study, state, all_marked=all_marked)
                said[(study.pk, line.finding.pk)] = line
    for mark in marks:
        key = (mark.study.pk, mark.finding.pk)
        if key not in said or said[key].state != "present":
            said[key] = Line(mark.finding, mark.study, "present")
    return list(said.values())


def _answers(row: Row) -> Iterator[tuple[str, str, bool | None]]:
    """(finding code, state, all marked) where every source of the file says the same."""
    told: dict[str, set[tuple[str, bool | None]]] = defaultdict(set)
    for name, state in row["answers"].items():
        told[name.partition("|")[0]].add((state, (row.get("all_marked") or {}).get(name)))
    for code, words in told.items():
        state, all_marked = next(iter(words))
        if len(words) == 1 and state in ("present", "absent", "equivocal"):
            yield code, state, all_marked if state == "present" else None


def _without_known(source: Source, lines: list[Line]) -> list[Line]:
    """Lines that differ from what the last import under this source said.

    What its reader has said since, in the reading room, is not undone by importing the old file once more.
    """
    imported = Observation.objects.filter(
        source=source, study__in={line.study.pk for line in lines}, batch__act="import", batch__withdrawn_at=None
    ).order_by("id")
    last = {(o.finding_id, o.study_id, o.subject): _words(o) for o in imported}
    return [line for line in lines if last.get(line.key) != _words(line)]


def _words(said: Line | Observation) -> tuple[Any, ...]:
    region = said.region.pk if isinstance(said, Line) and said.region is not None else getattr(said, "region_id", None)
    return (said.state, region, said.grade, said.laterality, said.location, said.note, said.all_marked)
