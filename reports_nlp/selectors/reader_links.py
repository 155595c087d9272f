"""Readers' links between words of reports and marks: which count now, where they stand now, and that none dangles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from annotation.models import Reading
from annotation.services.content import LinkAnswer, parse_content
from core.models import Project
from reports_nlp.models import Report, ReportLink
from reports_nlp.stages.anchoring import anchored


@dataclass(frozen=True)
class Placed:
    """A link and where its words stand in the newest version of its text; None: only in the earlier one."""

    report: int
    version: int
    start: int
    end: int
    quote: str
    now: tuple[int, int] | None
    newest: int


def current_links(*, project: Project) -> QuerySet[ReportLink]:
    """Of the newest version of each reading, unless it was withdrawn; of reports that still are that study's.

    Part of readers' answers: the caller asks whose may be seen.
    """
    return ReportLink.objects.filter(
        report__project=project, report__study=F("reading_version__reading__item__study"),
        reading_version__number=F("reading_version__reading__version"), reading_version__batch__withdrawn_at=None,
    )


def placed_links(*, reading: Reading) -> list[Placed]:
    """The links of a reading as its reader has them now, each span once. The caller asks if the text may be seen."""
    spans = {(link.report, link.start, link.end): link for link in parse_content(reading.draft or {}).links}
    reports = Report.objects.filter(
        pk__in={report for report, _, _ in spans}, project=reading.project_id, study=reading.item.study_id
    ).in_bulk()
    return [_placed(reports[link.report], link) for link in spans.values() if link.report in reports]


def _placed(report: Report, link: LinkAnswer) -> Placed:
    newest = newest_of(report)
    now = anchored(before=report.text, start=link.start, end=link.end, now=newest.text)
    return Placed(report.pk, report.version, link.start, link.end, link.quote, now, newest.pk)


def newest_of(report: Report) -> Report:
    """The version of this report that counts."""
    if report.is_latest:
        return report
    newest = Report.objects.filter(project=report.project_id, key=report.key, is_latest=True).first()
    return newest or report


def dangling_links(*, project: Project) -> list[str]:
    """Sentences about links that point at nothing or at other words; empty when all is well.

    Of every draft, every submitted version and every row: the mark is there and of its track, the quote stands at its
    place in its version of the text, and where it is shown in the newest version the same words stand.
    """
    texts = _Texts(project)
    return [*_of_rows(project, texts), *_of_contents(project, texts)]


class _Texts:
    """All versions of a project's reports that links name, with the newest of each."""

    def __init__(self, project: Project) -> None:
        self.all = {report.pk: report for report in Report.objects.filter(project=project)}
        self.newest = {report.key: report for report in self.all.values() if report.is_latest}

    def problems(self, name: str, report: int, start: int, end: int, quote: str) -> Iterator[str]:
        then = self.all.get(report)
        if then is None:
            yield f"{name}: no report {report}"
            return
        if then.text[start:end] != quote:
            yield f"{name}: other words than {quote!r} at {start} of version {then.version}"
        newest = self.newest.get(then.key, then)
        now = anchored(before=then.text, start=start, end=end, now=newest.text)
        if now is not None and newest.text[now[0] : now[1]] != quote:
            yield f"{name}: other words than {quote!r} at {now[0]} of the newest version"


def _of_rows(project: Project, texts: _Texts) -> Iterator[str]:
    rows = ReportLink.objects.filter(report__project=project).exclude(reading_version=None)
    for row in rows.select_related("region"):
        if row.region is None or row.region.track != row.track:
            yield f"link {row.pk}: its region is not of track {row.track}"
        yield from texts.problems(f"link {row.pk}", row.report_id, row.start, row.end, row.quote)


def _of_contents(project: Project, texts: _Texts) -> Iterator[str]:
    for reading in Reading.objects.filter(project=project).prefetch_related("versions"):
        contents: list[tuple[str, Any]] = [(f"draft of reading {reading.pk}", reading.draft)]
        contents += [(f"version {v.number} of reading {reading.pk}", v.content) for v in reading.versions.all()]
        for name, content in contents:
            said = parse_content(content or {})
            tracks = {region.track for region in said.regions}
            for link in said.links:
                if link.track not in tracks:
                    yield f"{name}: no mark of track {link.track}"
                yield from texts.problems(name, link.report, link.start, link.end, link.quote)
