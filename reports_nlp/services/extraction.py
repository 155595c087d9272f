"""Texts become sections, mentions and labels, kept with the definition that found them.

Doing it again changes nothing: a report whose current extraction carries the definition in force is passed over, and
rules that find exactly the same only put their name to what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.models import Project, User
from reports_nlp.models import Extraction, Report
from reports_nlp.services.extraction_rows import Found, write_extractions
from reports_nlp.services.rules_versions import Rules, rules_in_force
from reports_nlp.services.text_models import enqueue_voices
from workers.engine import JobContext, defer
from workers.models import Job
from workers.schedule import every

KIND, CHUNK_KIND = "reports.extract", "reports.extract-chunk"
CHUNK = 2000
"""Reports per child job."""
BATCH = 100
"""Reports read, and written in one transaction."""
PATIENCE = 60
"""Seconds that a new report's own job has before the sweep looks after it."""
Fenced = Callable[[], AbstractContextManager[Any]]


def outdated(*, project: Project, rules: Rules, among: QuerySet[Report] | None = None) -> QuerySet[Report]:
    """Newest versions of the project's reports that the rules in force have not been through.

    among   only of these; None for all. Languages are asked of these alone, so a million others cost nothing.
    """
    latest = (Report.objects.all() if among is None else among).filter(project=project, is_latest=True)
    done = Q()
    for language in latest.order_by().values_list("language", flat=True).distinct():
        done |= Q(language=language, is_done=rules.definition(language))
    return latest.annotate(is_done=_confirmed()).exclude(done) if done else latest


def _confirmed() -> Coalesce:
    """The rules that have been through the report last; empty for none (NULL would answer no question)."""
    current = Extraction.objects.filter(report=OuterRef("pk"), is_current=True).values("confirmed")
    return Coalesce(Subquery(current[:1]), Value(""))


def enqueue_extraction(*, project: Project, user: User | None = None, reports: Iterable[Report] | None = None) -> Job:
    """Queue the extraction of what is outdated (of `reports`, None for all); an unfinished job is returned instead."""
    chosen = None if reports is None else sorted(report.pk for report in reports)
    return defer(
        KIND, payload={"reports": chosen}, project=project, user=user, label="Read the reports' findings",
        dedupe_key=f"extract:{project.pk}" if chosen is None else None,
    )


def plan_extraction(*, job: JobContext) -> dict[str, Any]:
    """The parent's work: one child per range of reports. Nothing of a text is looked at here."""
    project = project_of(job)
    if job.payload.get("reports") is not None:
        chosen = Report.objects.filter(pk__in=job.payload["reports"])
        written = extract_reports(project=project, reports=chosen, fenced=job.fenced)
        enqueue_voices(project=project)
        return {"written": written}
    parent = Job.objects.get(pk=job.id)
    total = 0
    for first, last, count in _ranges(outdated(project=project, rules=rules_in_force(project=project))):
        total += count
        with job.fenced():
            defer(
                CHUNK_KIND, payload={"first": first, "last": last}, project=project, parent=parent,
                label=f"Read {count} reports",
            )
    return {"reports": total}


def project_of(job: JobContext) -> Project:
    """The job's project. Raises ValueError for a job of none: such a job is a mistake in the program."""
    if job.project_id is None:
        raise ValueError("This job belongs to no project.")
    return Project.objects.get(pk=job.project_id)


def _ranges(reports: QuerySet[Report]) -> Iterator[tuple[int, int, int]]:
    """First key, last key and number of each chunk, in order; no more than one chunk's keys are held."""
    keys = reports.order_by("pk").values_list("pk", flat=True)
    after = 0
    while chunk := list(keys.filter(pk__gt=after)[:CHUNK]):
        yield chunk[0], chunk[-1], len(chunk)
        after = chunk[-1]


def extract_chunk(*, job: JobContext) -> dict[str, Any]:
    """A child's work: what is outdated in its range, so that a second attempt goes on where the first ended."""
    project = project_of(job)
    chunk = Report.objects.filter(pk__gte=job.payload["first"], pk__lte=job.payload["last"])
    total = max(1, chunk.count())
    written = extract_reports(
        project=project, reports=chunk, fenced=job.fenced, progress=lambda done: job.progress(min(1.0, done / total)),
    )
    enqueue_voices(project=project)
    return {"written": written}


def extract_reports(
    *, project: Project, reports: QuerySet[Report] | None = None, fenced: Fenced = transaction.atomic,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Extract the outdated ones among `reports` (None: all of the project's); returns how many findings changed.

    Memory holds one batch. The newest rules are taken up between two batches.
    """
    written = seen = after = 0
    while True:
        rules = rules_in_force(project=project)
        rest = (Report.objects.all() if reports is None else reports).filter(pk__gt=after)
        batch = list(outdated(project=project, rules=rules, among=rest).order_by("pk")[:BATCH])
        if not batch:
            return written
        found = list(_extracted(rules, batch))
        with fenced():
            written += write_extractions(found)
        seen, after = seen + len(batch), batch[-1].pk
        progress(seen)


def extract_report(*, report: Report) -> Extraction:
    """Extract one report now, unless that has been done; returns what counts."""
    extract_reports(project=report.project, reports=Report.objects.filter(pk=report.pk))
    return Extraction.objects.get(report=report, is_current=True)


def _extracted(rules: Rules, reports: Sequence[Report]) -> Iterator[Found]:
    for language in sorted({report.language for report in reports}):
        mine = [report for report in reports if report.language == language]
        yield from zip(mine, rules.extractor(language).pipe([report.text for report in mine]), strict=True)


@every(60)
def extract_forgotten() -> int:
    """Queue projects with reports that nothing has looked at: their own job was lost, or never came to be.

    Returns how many projects. Reports that only older rules have been through wait for whoever changes the rules, or
    for `manage.py reextract_reports` after an update of the program.
    """
    current = Extraction.objects.filter(report=OuterRef("pk"), is_current=True)
    patience = timezone.now() - timedelta(seconds=PATIENCE)
    waiting = Report.objects.filter(~Exists(current), is_latest=True, created_at__lt=patience)
    projects = Project.objects.filter(Exists(waiting.filter(project=OuterRef("pk"))), archived_at=None)
    for project in projects:
        enqueue_extraction(project=project)
    return len(projects)
