"""Coded diagnoses (ICD-10, FHIR Condition): kept, matched to studies, written into the ledger as source `record` (row
N4). Absence of a code says nothing: only what is coded is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.text import slugify

from annotation.models import CurrentObservation, Finding, Source
from annotation.services.import_labels import STRENGTH
from annotation.services.ledger import Line, get_source, open_batch, record_observations
from core.models import Project
from imaging.models import Study
from reports_nlp.models import CodedRecord, ReportIntake
from reports_nlp.services.rules_versions import rules_in_force
from reports_nlp.sources import CodedItem
from reports_nlp.sources.codes import findings_of

SOURCE_NAME = "codes"


@dataclass(frozen=True)
class Coded:
    """What became of one coded record."""

    place: str
    verdict: str
    reason: str = ""
    record: CodedRecord | None = None


def finding_names(project: Project) -> dict[str, Finding]:
    """Lexicon name (as a slug) → the project's finding: by its own name and code, by what it was merged from, and by
    the map of the rules in force."""
    findings = list(Finding.objects.filter(project=project).select_related("merged_into"))
    names: dict[str, Finding] = {}
    for code, meant in rules_in_force(project=project).finding_map.items():
        found = next((f for f in findings if f.code == code), None)
        names |= {_slug(name): found for name in meant if found is not None}
    for finding in sorted(findings, key=lambda f: f.state != "merged"):
        names |= {_slug(name): finding.merged_into or finding for name in (finding.code, finding.name)}
    return names


def keep_codes(
    *, intake: ReportIntake, items: Sequence[tuple[CodedItem, str, CodedRecord]]
) -> list[Coded]:
    """Store coded records; `items` carry each its key and the unsaved row. Inside the caller's transaction."""
    project = intake.project
    known = {
        (row.key, row.code): row
        for row in CodedRecord.objects.filter(project=project, key__in={key for _, key, _ in items})
    }
    outcomes = []
    for item, key, row in items:
        before = known.get((key, row.code))
        if before is None:
            row.save(force_insert=True)
            known[(key, row.code)] = row
            outcomes.append(Coded(item.place, "stored", _meaning(row), row))
        elif before.state == row.state:
            _take_over(before, row)
            outcomes.append(Coded(item.place, "already-there", "", before))
        else:
            CodedRecord.objects.filter(pk=before.pk).update(state=row.state)
            before.state = row.state
            _take_over(before, row)
            outcomes.append(Coded(item.place, "new-version", _meaning(row), before))
    return outcomes


def record_codes(*, project: Project, studies: Sequence[Study]) -> int:
    """Bring the ledger up to what the codes of these studies say; returns how many lines that took."""
    if not studies:
        return 0
    names = finding_names(project)
    with transaction.atomic():
        source = get_source(project=project, kind="record", name=SOURCE_NAME)
        Source.objects.select_for_update(no_key=True).get(pk=source.pk)
        lines = _lines(project, names, {study.pk: study for study in studies})
        said = {
            (c.finding_id, c.study_id): c.observation.state
            for c in CurrentObservation.objects.filter(source=source, study__in=studies, subject="study")
            .select_related("observation")
        }
        fresh = [line for line in lines if said.get((line.finding.pk, line.study.pk)) != line.state]
        if fresh:
            record_observations(batch=open_batch(project=project, source=source, act="import"), lines=fresh)
    return len(fresh)


def _lines(project: Project, names: dict[str, Finding], studies: dict[int, Study]) -> list[Line]:
    """One line per study and finding: the strongest of what its codes say."""
    said: dict[tuple[int, int], Line] = {}
    present = Study.objects.filter(pk__in=studies, patient__withdrawn_at=None).values("pk")
    for record in CodedRecord.objects.filter(project=project, study__in=present).order_by("pk"):
        assert record.study_id is not None
        for name in findings_of(record.system, record.code):
            finding = names.get(_slug(name))
            if finding is None or finding.state != "active":
                continue
            before = said.get((record.study_id, finding.pk))
            if before is None or STRENGTH.index(before.state) < STRENGTH.index(record.state):
                said[(record.study_id, finding.pk)] = Line(finding, studies[record.study_id], record.state)
    return list(said.values())


def _meaning(row: CodedRecord) -> str:
    names = findings_of(row.system, row.code)
    return "" if names else "No finding is mapped to this code; it is kept and says nothing."


def _take_over(before: CodedRecord, row: CodedRecord) -> None:
    """Keys that the first delivery lacked, while it waits for its study."""
    if before.study_id is not None:
        return
    lacking = {
        name: getattr(row, name) for name in ("accession", "study_uid", "pseudonym", "date", "study")
        if getattr(row, name) and not getattr(before, name)
    }
    if lacking:
        CodedRecord.objects.filter(pk=before.pk, study=None).update(**lacking)


def _slug(name: str) -> str:
    return slugify(name).replace("_", "-")
